import { describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { violationsIn } from '../support/accessibility.ts';
import { unseenFocus } from '../support/keyboard.ts';
import { open, signedIn, TIMEOUT_MS, walk } from './walk.ts';

const NARROW = { width: 390, height: 844 };
const WIDE = { width: 1360, height: 850 };

/** Every screen: its address and its heading. */
const SCREENS: readonly (readonly [string, string])[] = [
  ['', 'Overview'],
  ['/figures', 'Figures'],
  ['/traffic', 'Live traffic'],
  ['/requests', 'Explain a request'],
  ['/users', 'Users'],
  ['/users/PERSON', 'person@example.com'],
  ['/organisations', 'Organisations'],
  ['/organisations/TENANT', 'Acme'],
  ['/plans', 'Plans'],
  ['/keys', 'Keys'],
  ['/ledger', 'Ledger'],
  ['/prices', 'Prices'],
  ['/prices/chat', 'chat'],
  ['/routes?method=POST&path=/api/v1/timepoints/generate/sync', 'Routes'],
  ['/backends', 'Backends'],
  ['/queues', 'Jobs and mail'],
  ['/configuration', 'Configuration'],
  ['/audit', 'Audit trail'],
  ['/erasures', 'Erasures'],
  ['/operators', 'Operators'],
];
/** Words of buttons by which something is done. */
const ACTS =
  /^(?:Change tier|Disable|Enable|Erase|Grant credits|Forgive debt|End|Revoke|Verify now|Set price|Retire|New operation|Suspend|Archive|Restore|Put on a plan|End the plan|Try again|Try now|Discard|Set|Lock|Unlock|Reset|Remove the role)$/;

/** What a viewer sees, and is not offered. */
export function viewerTests(): void {
  describe('a viewer', () => {
    test(
      'sees every screen, light, dark and narrow, and no button of an act; axe finds nothing',
      async () => {
        const { page, context, faults } = await signedIn('viewer');
        for (const [path, heading] of SCREENS) {
          for (const [scheme, size] of [
            ['light', WIDE],
            ['dark', WIDE],
            ['light', NARROW],
          ] as const) {
            await page.setViewportSize(size);
            if (scheme === 'light' && size === WIDE) await open(page, path, heading);
            // Charts take a new width with the next frames.
            await waitFor(async () => {
              const wide = await page.evaluate(
                'Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)',
              );
              expect([path, size.width, wide]).toEqual([path, size.width, 0]);
              return true;
            });
            // Narrow screens have the colours and names of wide ones; looking through a page costs a second.
            if (size === NARROW) continue;
            expect([path, scheme, await violationsIn(page, scheme)]).toEqual([path, scheme, []]);
          }
          expect([path, await unseenFocus(page)]).toEqual([path, []]);
          const names = await page.getByRole('button').allInnerTexts();
          expect([path, names.filter((name) => ACTS.test(name.trim()))]).toEqual([path, []]);
        }
        expect(faults).toEqual([]);
        await context.close();
      },
      TIMEOUT_MS,
    );

    test(
      'is told that the ledger does not answer, and not that it was never verified',
      async () => {
        const { page, context, faults } = await signedIn('viewer');
        await page.route('**/reads', (route) =>
          route.continue({ postData: route.request().postData()?.replace('/admin/ledger"', '/admin/nowhere"') ?? '' }),
        );
        await page.reload();
        await page.getByText('unavailable', { exact: true }).waitFor();
        expect(await page.getByText('not verified yet').count()).toBe(0);
        await page.getByText('The ledger could not be read').waitFor();
        expect(faults).toEqual([]);
        await context.close();
      },
      TIMEOUT_MS,
    );

    test(
      'is refused by the server what the screen does not offer',
      async () => {
        const { page, context } = await signedIn('viewer');
        const statusOf = (method: string, path: string, body: object): Promise<number> =>
          page.evaluate(
            async ([verb, target, text]) =>
              (
                await fetch(`/api${String(target)}`, {
                  method: String(verb),
                  headers: { 'content-type': 'application/json' },
                  body: String(text),
                })
              ).status,
            [method, path, JSON.stringify({ ...body, reason: 'x' })],
          );
        const { userId } = walk.person;
        expect(await statusOf('PUT', `/api/v1/users/admin/${userId}/tier`, { tier: 'pro' })).toBe(403);
        expect(await statusOf('POST', '/api/v1/credits/admin/grant', { user_id: userId, amount: 1 })).toBe(403);
        expect(await statusOf('PUT', '/api/v1/credits/admin/costs/chat', { cost: 1 })).toBe(403);
        expect(await statusOf('DELETE', `/platform/api/admin/operators/${userId}`, {})).toBe(403);
        await context.close();
      },
      TIMEOUT_MS,
    );
  });

  test(
    'figures say which service did not answer, and show what only it counts as not known, never as zero',
    async () => {
      const { page, context, faults } = await signedIn('viewer');
      const pid = Number(walk.stack.stack.processes()['usage']);
      process.kill(pid, 'SIGSTOP');
      try {
        // On a busy machine another one may be given up that answers late.
        await waitFor(async () => {
          await open(page, '/figures', 'Figures');
          await page.getByRole('status').getByText('usage', { exact: true }).waitFor();
          const day = page.getByRole('region', { name: 'The last 24 hours' });
          expect(await day.getByText('not known').count()).toBe(2);
          expect(await page.getByRole('region', { name: 'Organisations' }).getByText('not known').count()).toBe(0);
          return true;
        });
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await waitFor(async () => {
        await open(page, '/figures', 'Figures');
        return (await page.getByRole('region', { name: 'The last 24 hours' }).getByText('not known').count()) === 0;
      });
      expect(faults).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );
}
