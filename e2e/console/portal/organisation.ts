import { expect, test } from '@jest/globals';
import { visitorAt } from '../../support/callers.ts';
import { mailedCode } from '../../support/developer.ts';
import { watchedPage } from '../support/watched-browser.ts';
import { button, dialog, open, TIMEOUT_MS, walk } from './walk.ts';

/** An organisation is made, joined and worked in. */
export function organisationTests(): void {
  test(
    'makes an organisation, invites somebody, and works in it by the address',
    async () => {
      const { page } = walk.watched;
      await open('/organisations', 'Organisations');
      await button('New organisation').click();
      await dialog().getByLabel('Name').fill('Lovelace');
      await button('Make the organisation', dialog()).click();
      await page.getByRole('link', { name: 'Open Lovelace' }).click();
      await page.getByRole('heading', { name: 'Lovelace', level: 1 }).waitFor();
      expect(page.url()).toBe(`${walk.stack.url}/members?org=lovelace`);
      await button('Invite somebody').click();
      await dialog().getByLabel('E-mail address').fill('guest@example.com');
      await dialog().getByLabel('Role').selectOption('viewer');
      await button('Invite', dialog()).click();
      await page.getByText('guest@example.com').waitFor();
      const tokens = await walk.api.call('platform.selectTenant', { body: { tenant_slug: 'lovelace' } });
      const within = visitorAt(walk.stack.stack.info.edge_url).as({ accessToken: tokens.access_token });
      expect((await within.call('platform.listInvites')).items).toMatchObject([
        { email: 'guest@example.com', role: 'viewer', status: 'pending' },
      ]);

      await open('/keys?org=lovelace&env=test', 'API keys');
      await button('New key').click();
      await dialog().getByLabel('Name').fill('Bounded');
      await dialog().getByLabel('Client addresses').fill('203.0.113.0/24');
      await button('Make the key', dialog()).click();
      await page.getByRole('heading', { name: 'Store this key now' }).waitFor();
      await dialog().getByLabel('I have stored it').check();
      await button('Done', dialog()).click();
      await page.getByText('from 203.0.113.0/24').waitFor();

      await open('/policies?org=lovelace&env=test', 'Policies');
      await button('New policy').click();
      await dialog().getByLabel('Name').fill('No secrets');
      await dialog().getByLabel('Words').fill('moonshot');
      await dialog().getByLabel('Does').selectOption('block');
      await button('Make the policy', dialog()).click();
      await page.getByText('No secrets').waitFor();
      await button('Try on a text').click();
      await dialog().getByLabel('Text').fill('the moonshot');
      await button('Try', dialog()).click();
      await dialog().getByText('blocked', { exact: true }).waitFor();
    },
    TIMEOUT_MS,
  );

  test(
    'is joined by whoever was invited, who accepts in the browser',
    async () => {
      const { page, context, faults } = await watchedPage(walk.browser, walk.stack.url);
      await page.goto(`${walk.stack.url}/organisations`);
      // Whoever has the address proves it, and sees what it was invited to.
      await page.getByLabel('E-mail address').fill('guest@example.com');
      await button('Mail me a code', page).click();
      await page.getByLabel('Code').fill(await mailedCode(walk.stack.stack.info.mail_ui_url, 'guest@example.com'));
      await button('Sign in', page).click();
      const invited = page.getByRole('region', { name: 'You are invited' });
      await invited.getByText('Lovelace as viewer').waitFor();
      await button('Accept', invited).click();
      await page.getByText('You are viewer of Lovelace.').waitFor();
      await page.getByRole('link', { name: 'Open Lovelace' }).click();
      await page.getByRole('heading', { name: 'Lovelace', level: 1 }).waitFor();
      expect(await button('Invite somebody', page).count()).toBe(0);
      await page.getByRole('link', { name: 'Exports' }).click();
      await page.getByText('Not with your role').waitFor();
      expect(await button('New export', page).count()).toBe(0);
      for (const [place, act] of [
        ['API keys', 'New key'],
        ['Projects', 'New project'],
      ] as const) {
        await page.getByRole('link', { name: place }).click();
        await page.getByText('Not with your role').waitFor();
        expect(await button(act, page).count()).toBe(0);
      }
      await page.goto(`${walk.stack.url}/keys?org=of-somebody-else`);
      await page.getByText('You do not belong to of-somebody-else').waitFor();
      const { access_token: accessToken } = await walk.api.call('platform.selectTenant', {
        body: { tenant_slug: 'lovelace' },
      });
      const within = visitorAt(walk.stack.stack.info.edge_url).as({ accessToken });
      const { items } = await within.call('platform.listMembers');
      expect(items.map(({ email, role }) => [email, role])).toContainEqual(['guest@example.com', 'viewer']);
      expect(faults).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );
}
