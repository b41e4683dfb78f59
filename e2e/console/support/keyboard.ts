import type { Locator, Page } from 'playwright-core';
import { waitFor } from '@turnpike/test-kit';

/** Runs in the page: gives the focus to each thing that takes it, and names those on which nobody would see it. */
const UNSEEN = `(() => {
  const unseen = [];
  const all = document.querySelectorAll('a[href], button:not([disabled]), input, select, textarea, summary, [tabindex="0"]');
  for (const element of all) {
    if (element.getClientRects().length === 0) continue;
    const order = element.tabIndex > 0;
    element.focus();
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    if (document.activeElement !== element) continue;
    if (order || outlineStyle === 'none' || parseFloat(outlineWidth) < 2) unseen.push(element.outerHTML.slice(0, 160));
  }
  return unseen;
})()`;

/** What takes the focus out of the order of the page, or shows nobody that it has it. */
export async function unseenFocus(page: Page): Promise<unknown> {
  // What is pressed last decides whether the focus is shown.
  await page.keyboard.press('Tab');
  return await page.evaluate(UNSEEN);
}

const isFocused = async (page: Page, target: Locator): Promise<boolean> =>
  (await target.and(page.locator(':focus')).count()) === 1;

/** Opens a dialog by its button, with keys alone: it begins at its first field, keeps the focus however often Tab is pressed, and gives it back when Escape closes it. */
export async function walkDialog(page: Page, button: Locator, first: string): Promise<void> {
  await button.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await waitFor(() => isFocused(page, dialog.getByLabel(first, { exact: true })));
  const stops = await dialog.locator('button, input, select, textarea').count();
  for (let pressed = 0; pressed <= stops; pressed += 1) {
    await page.keyboard.press('Tab');
    await waitFor(() => page.evaluate(`document.activeElement.closest('[role="dialog"]') !== null`));
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await waitFor(() => isFocused(page, button));
}
