import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { refusalOf, visitorAt } from '../../support/callers.ts';
import { button, dialog, open, TIMEOUT_MS, walk } from './walk.ts';

/** What an organisation has exported, and its plan. */
export function exportsAndPlansTests(): void {
  test(
    'has the records of an organisation exported, downloads them, and deletes the export',
    async () => {
      const { page } = walk.watched;
      const { access_token: accessToken } = await walk.api.call('platform.selectTenant', {
        body: { tenant_slug: 'lovelace' },
      });
      const within = visitorAt(walk.stack.stack.info.edge_url).as({ accessToken });
      await open('/exports?org=lovelace', 'Exports');
      await page.getByText('No exports yet').waitFor();
      await button('New export').click();
      const kinds = [dialog().getByLabel('Requests'), dialog().getByLabel('Credit entries')];
      for (const kind of kinds) await kind.uncheck();
      await button('Begin the export', dialog()).click();
      await dialog().getByText('Choose one at least.').waitFor();
      expect((await within.call('platform.listExports')).items).toEqual([]);
      await kinds[0]?.check();
      await dialog().getByLabel('First day (UTC)').fill('2020-01-02');
      await button('Begin the export', dialog()).click();
      await page.getByText('ready', { exact: true }).waitFor();
      const { items } = await within.call('platform.listExports');
      expect(items).toMatchObject([{ state: 'ready', include: ['requests'], from: '2020-01-02T00:00:00.000Z' }]);

      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download' }).click(),
      ]);
      // The gateway's own link opens for whoever has it: no page is given it, and the console's asks who is there.
      const link = String(await page.getByRole('link', { name: 'Download' }).getAttribute('href'));
      expect(link).toBe(`/downloads/exports/${items[0]?.id ?? ''}?org=lovelace`);
      const statusOf = async (address: string): Promise<number> =>
        await page.evaluate(async (path) => (await fetch(path)).status, address);
      expect(await statusOf(link.replace('lovelace', 'somebody-else'))).toBe(404);
      expect(await statusOf(`/api${items[0]?.download?.url ?? ''}`)).toBe(404);
      expect((await fetch(walk.stack.url + link)).status).toBe(401);

      const lines = gunzipSync(readFileSync(await file.path()))
        .toString()
        .split('\n')
        .filter((line) => line !== '');
      expect(lines).toHaveLength(items[0]?.records ?? -1);
      expect(lines.map((line): unknown => JSON.parse(line))).toContainEqual(
        expect.objectContaining({ record: 'request' }),
      );

      await button('Delete').click();
      await button('Delete the export', dialog()).click();
      await page.getByText('No exports yet').waitFor();
      expect((await within.call('platform.listExports')).items).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'begins a plan that costs nothing, and leaves it',
    async () => {
      const { page } = walk.watched;
      const { access_token: accessToken } = await walk.api.call('platform.selectTenant', {
        body: { tenant_slug: 'lovelace' },
      });
      const within = visitorAt(walk.stack.stack.info.edge_url).as({ accessToken });
      await open('/billing?org=lovelace', 'Plan and billing');
      await page.getByText('No plan yet').waitFor();
      // A plan by invoice is the operator's to give.
      const row = page.getByRole('row', { name: /Enterprise/ });
      await row.getByText('on request, by invoice').waitFor();
      await row.getByText('300 requests a minute, 10,000 a day').waitFor();
      expect(await row.getByRole('button').count()).toBe(0);
      await button('Choose Free').click();
      await page.getByText('present plan').waitFor();
      expect(await within.call('platform.currentSubscription')).toMatchObject({ plan_id: 'free', status: 'active' });
      await button('Leave the plan').click();
      await button('Leave the plan', dialog()).click();
      await page.getByText('No plan yet').waitFor();
      expect((await refusalOf(within.call('platform.currentSubscription'))).code).toBe('resource.not_found');
    },
    TIMEOUT_MS,
  );
}
