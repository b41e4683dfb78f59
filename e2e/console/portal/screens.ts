import { describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { violationsIn } from '../support/accessibility.ts';
import { unseenFocus } from '../support/keyboard.ts';
import { open, TIMEOUT_MS, walk } from './walk.ts';

const NARROW = { width: 390, height: 844 };
const WIDE = { width: 1360, height: 850 };

const SCREENS = [
  ['/', 'Start'],
  ['/keys', 'API keys'],
  ['/keys?make=yes', 'API keys'],
  ['/projects', 'Projects'],
  ['/usage', 'Usage'],
  ['/requests', 'Requests'],
  ['/credits', 'Credits'],
  ['/limits', 'Limits'],
  ['/organisations', 'Organisations'],
  ['/account', 'Account'],
  ['/members?org=lovelace', 'Lovelace'],
  ['/billing?org=lovelace', 'Plan and billing'],
  ['/invites', 'Invitation'],
  ['/keys?org=lovelace&env=test', 'API keys'],
  ['/exports?org=lovelace', 'Exports'],
  ['/policies?org=lovelace&env=test', 'Policies'],
  ['POLICY', 'No secrets'],
  ['VIOLATION', 'What a policy found'],
] as const;

/** Every screen, once what it shows was made. */
export function screensTests(): void {
  describe('every screen', () => {
    test.each(SCREENS)(
      '%s is readable in light, in dark and at 390 px',
      async (address, heading) => {
        const { page } = walk.watched;
        await page.setViewportSize(WIDE);
        await page.emulateMedia({ colorScheme: 'light' });
        await open(address.replace('POLICY', walk.places.policy).replace('VIOLATION', walk.places.violation), heading);
        await page.waitForLoadState('networkidle');
        for (const scheme of ['light', 'dark'] as const)
          expect([scheme, await violationsIn(page, scheme)]).toEqual([scheme, []]);
        expect(await unseenFocus(page)).toEqual([]);
        await page.setViewportSize(NARROW);
        // Charts take the new width with the next frames.
        await waitFor(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
        expect(await page.evaluate('document.querySelectorAll("style").length')).toBe(0);
      },
      TIMEOUT_MS,
    );

    test('no page broke its policy, logged an error, left its origin or was given a token', () => {
      expect(walk.watched.faults).toEqual([]);
    });
  });
}
