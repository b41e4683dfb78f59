import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { admin, confirm, open, signedIn, TIMEOUT_MS, walk } from './walk.ts';

/** What support does for users. */
export function supportTests(): void {
  test(
    'support acts on users: tier, a session, a key; the trail says who and why; money is not offered',
    async () => {
      const { page, context, faults } = await signedIn('support');
      const { items: projects } = await walk.person.api.call('account.listProjects');
      const project = { 'x-project-id': String(projects[0]?.id) };
      await walk.person.api.call('account.createApiKey', { headers: project, body: { name: 'Leaked' } });
      await open(page, '/users', 'Users');
      await page.getByLabel('E-mail address or id').fill('person@example.com');
      await page.getByRole('button', { name: 'Search' }).click();
      await page.getByRole('link', { name: 'person@example.com' }).click();
      await page.getByRole('heading', { name: 'person@example.com', level: 1 }).waitFor();
      for (const name of ['Grant credits', 'Forgive debt'])
        expect(await page.getByRole('button', { name }).count()).toBe(0);

      await page.getByRole('button', { name: 'Change tier' }).click();
      await page.getByLabel('New tier').fill('pro');
      await page.getByRole('region', { name: 'Effect' }).getByText('pro').waitFor();
      await confirm(page, 'Change tier');
      const { tier } = await admin().call('users.adminGet', { params: { id: walk.person.userId } });
      expect(tier).toBe('pro');

      await page.getByRole('region', { name: 'API keys' }).getByRole('button', { name: 'Revoke' }).click();
      await confirm(page, 'Revoke');
      const keys = await admin().call('platform.adminListKeys', { query: { user_id: walk.person.userId } });
      expect(keys.items.map(({ state }) => state)).toEqual(['revoked']);

      await page.getByRole('link', { name: 'Audit trail' }).first().click();
      await page.getByRole('cell', { name: 'key.revoke' }).waitFor();
      await page.getByText('support@example.com').first().waitFor();
      await page.getByText('asked in ticket 4711').first().waitFor();

      // A file has all that the filters of the address find, and nothing else.
      const { items: acts } = await admin().call('auth.listAudit', { query: { action: 'key.revoke' } });
      await open(page, '/audit?action=key.revoke', 'Audit trail');
      const saved = async (name: string): Promise<string> => {
        const [file] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name, exact: true }).click(),
        ]);
        return readFile(await file.path(), 'utf8');
      };
      const lines = (await saved('JSON lines')).trimEnd().split('\n');
      expect(lines.map((line): unknown => JSON.parse(line))).toEqual(acts);
      expect(await saved('CSV')).toMatch(/^at,action,[^]*,key\.revoke,operator,support@example\.com,/);
      await open(page, `/audit?request_id=${String(acts[0]?.request_id)}`, 'Audit trail');
      expect(await page.getByLabel('Request id').inputValue()).toBe(acts[0]?.request_id);
      await page.getByRole('cell', { name: 'key.revoke' }).waitFor();
      await open(page, `/audit?action=key.revoke&until=2020-01-01`, 'Audit trail');
      await page.getByText('No entries').waitFor();
      expect(faults).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );
}
