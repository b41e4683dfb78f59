import { expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { button, open, OWNER, TIMEOUT_MS, walk } from './walk.ts';

/** Usage and credits of the person, and the account itself. */
export function ownAccountTests(): void {
  test(
    'looks at days of their choice by the address, and at how long the credits last',
    async () => {
      const { page } = walk.watched;
      await open('/usage', 'Usage');
      await button('Custom').click();
      const today = new Date().toISOString().slice(0, 10);
      await page.getByLabel('From').fill(today);
      await page.getByLabel('To (UTC)').fill(today);
      await page.waitForURL((url) => url.searchParams.get('from') === today && url.searchParams.get('to') === today);
      await page.getByText('How long answers took, in milliseconds').first().waitFor();
      // axe looks at no text of a drawing.
      const colourOf = async (selector: string, property: string): Promise<unknown> => {
        await page.locator(selector).first().waitFor({ state: 'attached' });
        return page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`);
      };
      expect(await colourOf('.recharts-cartesian-axis-tick-value', 'fill')).toBe(
        await colourOf('p.text-muted', 'color'),
      );
      const total = page.getByRole('row', { name: /credits\.getBalance/ });
      await waitFor(async () => (await total.count()) > 0);
      await page.getByLabel('From').fill('2020-01-02');
      await page.getByText('Choose a first day and a last one').waitFor();
      await open('/credits', 'Credits');
      await page.getByText(/in the last 7 days|pace of the last 7 days/).waitFor();
      await page.getByRole('region', { name: 'Spent over time' }).getByText('Nothing was spent').waitFor();
    },
    TIMEOUT_MS,
  );

  test(
    'ends another session, sees the audit trail, and is told what is wrong in the words of the gateway',
    async () => {
      const { page } = walk.watched;
      await walk.stack.link(OWNER);
      await open('/account', 'Account');
      await button(/^End the session on/)
        .first()
        .click();
      await page.getByText('The session has ended.').waitFor();
      await page.getByText('session.end').first().waitFor();
      await page.getByLabel('Name', { exact: true }).fill('Ada');
      await button('Save the name').click();
      await page.getByText('The name is changed.').waitFor();
      await page.getByRole('paragraph').filter({ hasText: /^Ada$/ }).waitFor();
      await open('/requests/01a22523-8fcb-7138-9504-ccc7ef813c1e', 'Why it ended so');
      await page.getByText('There is nothing here').waitFor();
    },
    TIMEOUT_MS,
  );
}
