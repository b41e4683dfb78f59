import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { watchedPage } from '../support/watched-browser.ts';
import { browser, stack } from './stage.ts';

const TIMEOUT_MS = 900_000;
const CLI = fileURLToPath(new URL('../../../packages/cli/src/cli.ts', import.meta.url));

/** Keys are listed by project, and which one comes first only the list of projects says. */
const PROJECTS_FIRST = 2;
const PORTAL: Readonly<Record<string, number>> = {
  '/': PROJECTS_FIRST,
  '/keys': PROJECTS_FIRST,
  ...Object.fromEntries(
    ['/projects', '/usage', '/requests', '/credits', '/limits', '/organisations', '/account'].map((path) => [path, 1]),
  ),
  ...Object.fromEntries(
    ['', 'members', 'billing', 'keys', 'exports', 'policies', 'usage', 'credits', 'limits', 'requests'].map((path) => [
      `/${path}?org=budget`,
      1,
    ]),
  ),
};
const OPERATE = [
  '',
  '/figures',
  '/traffic',
  '/requests',
  '/users',
  '/users/PERSON',
  '/organisations',
  '/organisations/TENANT',
  '/plans',
  '/keys',
  '/ledger',
  '/prices',
  '/prices/chat',
  '/routes?method=POST&path=/api/v1/timepoints/generate/sync',
  '/backends',
  '/queues',
  '/configuration',
  '/audit',
  '/erasures',
  '/operators',
];

/** Opens a screen anew; gives what each of its requests for data asked for first. One that asks again for the same is a look for news. */
async function requestsOf(page: Page, address: string): Promise<string[][]> {
  const known = new Set<string>();
  const requests: string[][] = [];
  const note = (request: { url(): string; postData(): string | null }): void => {
    const { pathname, search } = new URL(request.url());
    if (!/^\/(?:api|reads)(?:\/|$)/.test(pathname)) return;
    const { reads = [] } = JSON.parse(request.postData() ?? '{}') as { readonly reads?: readonly { path: string }[] };
    const asked = pathname === '/reads' ? reads.map(({ path }) => path) : [pathname.replace(/^\/api/, '') + search];
    const news = asked.map((path) => path.replace(/\?.*/, '')).filter((path) => !known.has(path));
    for (const path of news) known.add(path);
    if (news.length > 0) requests.push(news);
  };
  page.on('request', note);
  await page.goto(stack.url + address);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForLoadState('networkidle');
  page.off('request', note);
  return requests;
}

/** How many requests for data each screen makes until it shows everything. */
export function budgetsTests(): void {
  test(
    'a screen of the portal asks once, and those that list keys of projects twice',
    async () => {
      const { url, api } = await stack.link('budget@example.com');
      await api.call('platform.createTenant', { body: { name: 'Budget' } });
      const { page, context, faults } = await watchedPage(browser, stack.url);
      await page.goto(url);
      await page.getByRole('heading', { name: 'Start' }).waitFor();
      for (const [address, allowed] of Object.entries(PORTAL)) {
        const requests = await requestsOf(page, address);
        expect([address, requests.length <= allowed, requests]).toEqual([address, true, requests]);
      }
      expect(faults).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    'a screen of Operate asks once',
    async () => {
      const { api, userId } = await stack.link('budget-operator@example.com');
      const { id: tenantId } = await api.call('platform.createTenant', { body: { name: 'Operated' } });
      await promisify(execFile)(
        process.execPath,
        [CLI, 'operators', 'grant', 'budget-operator@example.com', '--role', 'admin', '--reason', 'test'],
        { env: { PATH: process.env['PATH'], DATABASE_URL: stack.stack.info.database_url } },
      );
      const { page, context, faults } = await watchedPage(browser, stack.url);
      await page.goto((await stack.link('budget-operator@example.com', '?next=/operate')).url);
      await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
      for (const path of OPERATE) {
        const requests = await requestsOf(
          page,
          `/operate${path.replace('PERSON', userId).replace('TENANT', tenantId)}`,
        );
        expect([path, requests.length <= 1, requests]).toEqual([path, true, requests]);
      }
      expect(faults).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );
}
