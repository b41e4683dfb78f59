import { expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { refusalOf, visitorAt } from '../../support/callers.ts';
import { walkDialog } from '../support/keyboard.ts';
import { button, dialog, open, TIMEOUT_MS, walk } from './walk.ts';

async function firstProject(): Promise<string> {
  const { items } = await walk.api.call('account.listProjects');
  return items[0]?.id ?? '';
}

async function ownKeys() {
  const { items } = await walk.api.call('account.listApiKeys', { headers: { 'x-project-id': await firstProject() } });
  return items;
}

/** Keys and projects of a person alone. */
export function keysTests(): void {
  /** A key that was made on the page. */
  let key = '';

  test(
    'makes a key that is shown once, and the start page turns green at the first request with it',
    async () => {
      const { page } = walk.watched;
      await open('/', 'Start');
      await page.getByText('Waiting for the first request').waitFor();
      await page.getByRole('link', { name: 'Make a key' }).click();
      await dialog().getByLabel('Name').fill('Server');
      await button('Make the key', dialog()).click();
      await page.getByRole('heading', { name: 'Store this key now' }).waitFor();
      key = (await dialog().locator('pre').innerText()).trim();
      expect(key).toMatch(/^sk_test_/);
      await page.keyboard.press('Escape');
      expect(await dialog().count()).toBe(1);
      await dialog().getByLabel('I have stored it').check();
      await button('Done', dialog()).click();
      await page.getByText('Server', { exact: true }).waitFor();
      expect(await page.content()).not.toContain(key);
      expect(await ownKeys()).toMatchObject([{ name: 'Server', scopes: ['credits:read'], status: 'active' }]);

      await open('/', 'Start');
      await visitorAt(walk.stack.stack.info.edge_url).as({ apiKey: key }).call('credits.getBalance');
      await page.getByText('The request was seen').waitFor();
      await page.getByRole('link', { name: /GET credits\.getBalance/ }).click();
      await page.getByRole('heading', { name: 'Who called' }).waitFor();
    },
    TIMEOUT_MS,
  );

  test(
    'pauses, resumes, rotates and revokes it, and the gateway does what the page says',
    async () => {
      const { page } = walk.watched;
      const caller = visitorAt(walk.stack.stack.info.edge_url).as({ apiKey: key });
      await open('/keys', 'API keys');
      await button('Pause Server').click();
      await button('Resume Server').waitFor();
      await waitFor(
        async () =>
          (await refusalOf(caller.call('credits.getBalance')).catch(() => undefined))?.code === 'auth.key_suspended',
      );
      await button('Resume Server').click();
      await button('Pause Server').waitFor();
      await waitFor(() =>
        caller.call('credits.getBalance').then(
          () => true,
          () => false,
        ),
      );
      await button('Rotate Server').click();
      await button('Make the new key', dialog()).click();
      await page.getByRole('heading', { name: 'Store this key now' }).waitFor();
      const next = (await dialog().locator('pre').innerText()).trim();
      await dialog().getByLabel('I have stored it').check();
      await button('Done', dialog()).click();
      await caller.call('credits.getBalance');
      await visitorAt(walk.stack.stack.info.edge_url).as({ apiKey: next }).call('credits.getBalance');
      await button('Revoke Server').first().click();
      await button('Revoke', dialog()).click();
      await page.getByText('Server is revoked.').waitFor();
      expect((await ownKeys()).map(({ status }) => status).toSorted()).toEqual(['active', 'ended']);
    },
    TIMEOUT_MS,
  );

  test(
    'makes, renames and deletes a project, with its name typed again',
    async () => {
      const { page } = walk.watched;
      await open('/projects', 'Projects');
      await walkDialog(page, button('New project'), 'Name');
      await button('New project').click();
      await dialog().getByLabel('Name').fill('Shop');
      await button('Make the project', dialog()).click();
      await button('Rename Shop').click();
      await dialog().getByLabel('Name').fill('Web shop');
      await button('Rename', dialog()).click();
      await button('Delete Web shop').click();
      expect(await button('Delete', dialog()).isDisabled()).toBe(true);
      await dialog().getByLabel('Type Web shop to confirm').fill('Web shop');
      await button('Delete', dialog()).click();
      await page.getByText('Web shop is deleted.').waitFor();
      expect((await walk.api.call('account.listProjects')).items).toHaveLength(1);
    },
    TIMEOUT_MS,
  );
}
