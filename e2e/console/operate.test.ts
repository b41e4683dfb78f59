import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { AuthenticationError, type Turnpike } from '@turnpike/client';
import { waitFor } from '@turnpike/test-kit';
import { violationsIn } from './support/accessibility.ts';
import { startConsoleStack, type ConsoleStack } from './support/console-stack.ts';
import { unseenFocus, walkDialog } from './support/keyboard.ts';
import { launchBrowser, watchedPage, type Watched } from './support/watched-browser.ts';

/** The operators' part, walked as each role; what is done there is asked of the API. */

const START_TIMEOUT_MS = 900_000;
const TIMEOUT_MS = 900_000;
const NARROW = { width: 390, height: 844 };
const WIDE = { width: 1360, height: 850 };
const CLI = fileURLToPath(new URL('../../packages/cli/src/cli.ts', import.meta.url));

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

let stack: ConsoleStack;
let browser: Browser;
let person: { readonly userId: string; readonly api: Turnpike };
let tenantId: string;
beforeAll(async () => {
  browser = await launchBrowser();
  stack = await startConsoleStack();
  person = await stack.link('person@example.com');
  ({ id: tenantId } = await person.api.call('platform.createTenant', { body: { name: 'Acme' } }));
  await person.api.call('credits.getBalance');
}, START_TIMEOUT_MS);
afterAll(async () => {
  await browser.close();
  await stack.dispose();
}, START_TIMEOUT_MS);

/** A browser in which an operator with a role has just signed in. */
async function signedIn(role: 'viewer' | 'support' | 'admin'): Promise<Watched & { readonly api: Turnpike }> {
  const email = `${role}@example.com`;
  await stack.link(email);
  const { database_url: databaseUrl } = stack.stack.info;
  await promisify(execFile)(process.execPath, [CLI, 'operators', 'grant', email, '--role', role, '--reason', 'test'], {
    env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl },
  });
  const { url, api } = await stack.link(email, '?next=/operate');
  const watched = await watchedPage(browser, stack.url);
  await watched.page.goto(url);
  await watched.page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  return { ...watched, api };
}

async function open(page: Page, path: string, heading: string): Promise<void> {
  const address = path.replace('PERSON', person.userId).replace('TENANT', tenantId);
  await page.goto(`${stack.url}/operate${address}`);
  await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
  await page.locator('[aria-label="Loading"]').first().waitFor({ state: 'detached' });
}

/** Fills in a form that is open, and sends it. */
async function confirm(page: Page, label: string, fields: Readonly<Record<string, string>> = {}): Promise<void> {
  const dialog = page.getByRole('dialog');
  for (const [name, value] of Object.entries(fields)) await dialog.getByLabel(name).fill(value);
  await dialog.getByLabel('Reason').fill('asked in ticket 4711');
  await dialog.getByRole('button', { name: label, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

const admin = (): Turnpike => stack.visitor.as({ adminKey: stack.stack.info.admin_api_key });

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
      await page.route('**/platform/api/admin/ledger', (route) => route.abort());
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
      const { userId } = person;
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
  'support acts on users: tier, a session, a key; the trail says who and why; money is not offered',
  async () => {
    const { page, context, faults } = await signedIn('support');
    const { items: projects } = await person.api.call('account.listProjects');
    const project = { 'x-project-id': String(projects[0]?.id) };
    await person.api.call('account.createApiKey', { headers: project, body: { name: 'Leaked' } });
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
    const { tier } = await admin().call('users.adminGet', { params: { id: person.userId } });
    expect(tier).toBe('pro');

    await page.getByRole('region', { name: 'API keys' }).getByRole('button', { name: 'Revoke' }).click();
    await confirm(page, 'Revoke');
    const keys = await admin().call('platform.adminListKeys', { query: { user_id: person.userId } });
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

test(
  'figures say which service did not answer, and show what only it counts as not known, never as zero',
  async () => {
    const { page, context, faults } = await signedIn('viewer');
    const pid = Number(stack.stack.processes()['usage']);
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

describe('an admin', () => {
  test(
    'grants credits, sets a price and suspends an organisation, each with its effect shown before',
    async () => {
      const { page, context, faults } = await signedIn('admin');
      const { balance } = await person.api.call('credits.getBalance');
      await open(page, '/users/PERSON', 'person@example.com');
      await walkDialog(page, page.getByRole('button', { name: 'Grant credits' }), 'Credits');
      await page.getByRole('button', { name: 'Grant credits' }).click();
      await page.getByRole('dialog').getByLabel('Credits').fill('25');
      await page
        .getByRole('region', { name: 'Effect' })
        .getByText(String(balance + 25))
        .waitFor();
      await confirm(page, 'Grant credits');
      expect((await person.api.call('credits.getBalance')).balance).toBe(balance + 25);
      await open(page, '/users?q=person@example.com', 'Users');
      await page.getByRole('cell', { name: `${balance + 25} credits`, exact: true }).waitFor();

      const scene = { method: 'POST', json: { query: 'a harbour', preset: 'hd' } } as const;
      await person.api.request('/api/v1/timepoints/generate/sync', scene);
      const route = 'timepoints.generate-sync';
      await waitFor(async () => {
        const { items } = await admin().call('usage.adminListRequests', { query: { route, status: '2xx' } });
        return items.some(({ charged }) => charged !== null);
      });
      await open(page, '/prices/generate_hd', 'generate_hd');
      await page.getByRole('button', { name: 'Set price' }).click();
      await page.getByRole('dialog').getByLabel('Credits').fill('1000');
      const preview = page.getByRole('region', { name: 'Effect' });
      await preview.getByRole('listitem').filter({ hasText: '/generate/sync' }).getByText('1 charge').waitFor();
      await preview.getByText(/^, \+9\d\d credits$/).waitFor();
      await page.keyboard.press('Escape');

      await open(page, '/prices', 'Prices');
      await page.getByRole('button', { name: 'New operation' }).click();
      await confirm(page, 'New operation', { Operation: 'walked', Credits: '0.25' });
      await page.getByRole('link', { name: 'walked' }).click();
      await waitFor(async () => {
        await page.reload();
        await page.getByRole('heading', { name: 'walked' }).waitFor();
        return (await page.getByRole('cell', { name: 'admin@example.com' }).count()) > 0;
      });

      await open(page, '/organisations/TENANT', 'Acme');
      await page.getByRole('button', { name: 'Suspend' }).click();
      await confirm(page, 'Suspend');
      const { status } = await admin().call('platform.adminGetTenant', { params: { id: tenantId } });
      expect(status).toBe('suspended');
      await page.getByRole('button', { name: 'Restore' }).click();
      await confirm(page, 'Restore');

      await page.getByRole('button', { name: 'Put on a plan' }).click();
      await page.getByRole('dialog').getByLabel('Plan', { exact: true }).selectOption('enterprise');
      await page.getByRole('region', { name: 'Effect' }).getByText('5,000 credits a month').waitFor();
      await confirm(page, 'Put on a plan', { 'Number of the invoice': 'INV-1', 'Periods that it pays': '2' });
      await page.getByText('Enterprise (enterprise)').waitFor();
      const { subscription } = await admin().call('platform.adminGetTenant', { params: { id: tenantId } });
      expect(subscription).toMatchObject({ plan_id: 'enterprise', status: 'active', provider: 'manual' });
      await open(page, '/plans', 'Plans');
      await page
        .getByRole('row', { name: /^Enterprise/ })
        .getByText('by your invoice')
        .waitFor();

      await open(page, '/ledger', 'Ledger');
      await page.getByRole('button', { name: 'Verify now' }).click();
      await confirm(page, 'Verify now');
      await page.getByText('balance = Σ grant.remaining').waitFor();
      expect(faults).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    'finds a request by its id, sees why it ended as it did, and which route takes one',
    async () => {
      const { page, context, faults } = await signedIn('admin');
      const refused: unknown = await stack.visitor
        .fetch('/api/v1/timepoints/generate/sync', { method: 'POST', json: {} })
        .catch((error: unknown) => error);
      const requestId = refused instanceof AuthenticationError ? String(refused.requestId) : '';
      await waitFor(async () => {
        const found = await admin().call('usage.adminListRequests', { query: { request_id: requestId } });
        return found.total > 0;
      });
      await open(page, '/traffic', 'Live traffic');
      const errors = page.getByRole('region', { name: 'Errors' });
      await errors.getByText('auth.missing').first().waitFor();
      await page.getByRole('region', { name: 'Routes' }).getByText('timepoints.generate-sync').waitFor();
      await page.getByRole('button', { name: '5 minutes', exact: true }).click();
      await page.waitForURL(/range=5m/);
      const refusal = errors.getByRole('row', { name: /auth\.missing.*timepoints\.generate-sync/ });
      await refusal.getByRole('link', { name: 'Requests' }).click();
      await page.waitForURL(/requests\?.*error_code=auth\.missing/);
      await page.getByRole('link', { name: 'POST timepoints.generate-sync' }).first().waitFor();
      const { errors: counted } = await admin().call('usage.adminTraffic', { query: { minutes: 60 } });
      expect(counted.map(({ code }) => code)).toContain('auth.missing');

      await open(page, `/requests?request_id=${requestId}`, 'Explain a request');
      await page.getByRole('link', { name: /^POST/ }).click();
      await page.getByText('Why it ended so').waitFor();
      await page.getByText('caller', { exact: true }).waitFor();
      await open(page, '/routes?method=POST&path=/api/v1/timepoints/generate/sync', 'Routes');
      await page.getByText('found', { exact: true }).waitFor();

      await person.api.call('credits.getBalance');
      await open(page, '/backends', 'Backends');
      const asked = page.getByRole('row', { name: /^turnpike:credits/ });
      await asked.getByText(/^95% within [\d.]+ m?s$/).waitFor();
      await page
        .getByRole('row', { name: /^billing/ })
        .getByText('no answers lately')
        .waitFor();
      expect(faults).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );
});

test(
  'whoever is no operator is led to the portal',
  async () => {
    const { url } = await stack.link('nobody@example.com', '?next=/operate');
    const { page, context, faults } = await watchedPage(browser, stack.url);
    await page.goto(url);
    await page.waitForURL(`${stack.url}/`);
    expect(faults).toEqual([]);
    await context.close();
  },
  TIMEOUT_MS,
);
