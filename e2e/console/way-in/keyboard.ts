import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { waitFor } from '@turnpike/test-kit';
import { walkDialog } from '../support/keyboard.ts';
import { watchedPage } from '../support/watched-browser.ts';
import { browser, stack } from './stage.ts';

const TIMEOUT_MS = 900_000;

/** What has the focus: its name to assistive technology, or its id. */
const focused = (page: Page): Promise<unknown> =>
  page.evaluate(
    'document.activeElement.ariaLabel ?? (document.activeElement.id || document.activeElement.textContent.trim())',
  );

async function waitForFocus(page: Page, name: string): Promise<void> {
  await waitFor(async () => (await focused(page)) === name);
}

/** A walk on a telephone's width, with keys alone. */
export function keyboardTests(): void {
  test(
    'the skip link, the menu and a dialog are used with keys alone at 390 px',
    async () => {
      const { page, context, faults } = await watchedPage(browser, stack.url);
      await page.setViewportSize({ width: 390, height: 844 });
      await page.goto((await stack.link('keys-alone@example.com')).url);
      await page.getByRole('heading', { name: 'Start' }).waitFor();
      await page.goto(`${stack.url}/projects`);
      await page.getByRole('heading', { name: 'Projects' }).waitFor();

      await page.keyboard.press('Tab');
      await waitForFocus(page, 'Skip to the content');
      expect(await page.getByRole('link', { name: 'Skip to the content' }).boundingBox()).toMatchObject({ x: 0 });
      await page.keyboard.press('Enter');
      await waitForFocus(page, 'content');

      const menu = page.locator('#navigation');
      expect(await menu.isVisible()).toBe(false);
      await page.getByRole('button', { name: 'Open the navigation' }).focus();
      await page.keyboard.press('Enter');
      await menu.waitFor();
      // What follows the button is the menu, from its first field on.
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.closest("#navigation") !== null')).toBe(true);
      await page.keyboard.press('Escape');
      await menu.waitFor({ state: 'hidden' });
      await waitForFocus(page, 'Open the navigation');

      await page.keyboard.press('Enter');
      await menu.getByRole('link', { name: 'Limits' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Limits', level: 1 }).waitFor();
      await menu.waitFor({ state: 'hidden' });
      await waitForFocus(page, 'content');

      await page.goto(`${stack.url}/projects`);
      await walkDialog(page, page.getByRole('button', { name: 'New project' }), 'Name');
      expect(faults).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );
}
