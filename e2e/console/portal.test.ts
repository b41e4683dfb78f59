import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Locator } from 'playwright-core';
import { waitFor } from '@turnpike/test-kit';
import { repositoryRoot } from '../infra/repository.ts';
import { refusalOf, visitorAt } from '../support/callers.ts';
import { mailedCode } from '../support/developer.ts';
import { startStandInGoogle, type StandInGoogle } from '../support/google.ts';
import { waysInTests } from './portal/ways-in.ts';
import { violationsIn } from './support/accessibility.ts';
import { startConsoleStack, type ConsoleStack } from './support/console-stack.ts';
import { unseenFocus, walkDialog } from './support/keyboard.ts';
import { launchBrowser, watchedPage, type Watched } from './support/watched-browser.ts';

const START_TIMEOUT_MS = 900_000;
const TIMEOUT_MS = 900_000;
const OWNER = 'portal@example.com';
const NARROW = { width: 390, height: 844 };
const WIDE = { width: 1360, height: 850 };

let stack: ConsoleStack;
let browser: Browser;
let google: StandInGoogle;
let watched: Watched;
let api: Awaited<ReturnType<ConsoleStack['link']>>['api'];
/** A key that was made on the page. */
let key = '';
/** Addresses that are known once something was made. */
const places = { policy: '', violation: '' };

beforeAll(async () => {
  // First what may be missing, so that nothing else is left behind where it is.
  browser = await launchBrowser();
  google = await startStandInGoogle();
  stack = await startConsoleStack({ ...google.env, OPENAI_API_KEY: 'sk-of-nobody' });
  watched = await watchedPage(browser, stack.url);
  const signedIn = await stack.link(OWNER);
  ({ api } = signedIn);
  await watched.page.goto(signedIn.url);
  await watched.page.getByRole('heading', { name: 'Start' }).waitFor();
}, START_TIMEOUT_MS);
afterAll(async () => {
  await browser.close();
  await stack.dispose();
  await google.close();
}, START_TIMEOUT_MS);

const button = (name: string | RegExp, within: { getByRole: Locator['getByRole'] } = watched.page): Locator =>
  within.getByRole('button', { name });
const dialog = (): Locator => watched.page.getByRole('dialog');

async function open(address: string, heading: string): Promise<void> {
  await watched.page.goto(stack.url + address);
  await watched.page.getByRole('heading', { name: heading, level: 1, includeHidden: true }).waitFor();
}

async function firstProject(): Promise<string> {
  const { items } = await api.call('account.listProjects');
  return items[0]?.id ?? '';
}

async function ownKeys() {
  const { items } = await api.call('account.listApiKeys', { headers: { 'x-project-id': await firstProject() } });
  return items;
}

describe('a developer', () => {
  test(
    'makes a key that is shown once, and the start page turns green at the first request with it',
    async () => {
      const { page } = watched;
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
      await visitorAt(stack.stack.info.edge_url).as({ apiKey: key }).call('credits.getBalance');
      await page.getByText('The request was seen').waitFor();
      await page.getByRole('link', { name: /GET credits\.getBalance/ }).click();
      await page.getByRole('heading', { name: 'Who called' }).waitFor();
    },
    TIMEOUT_MS,
  );

  test(
    'pauses, resumes, rotates and revokes it, and the gateway does what the page says',
    async () => {
      const { page } = watched;
      const caller = visitorAt(stack.stack.info.edge_url).as({ apiKey: key });
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
      await visitorAt(stack.stack.info.edge_url).as({ apiKey: next }).call('credits.getBalance');
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
      const { page } = watched;
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
      expect((await api.call('account.listProjects')).items).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  test(
    'makes an organisation, invites somebody, and works in it by the address',
    async () => {
      const { page } = watched;
      await open('/organisations', 'Organisations');
      await button('New organisation').click();
      await dialog().getByLabel('Name').fill('Lovelace');
      await button('Make the organisation', dialog()).click();
      await page.getByRole('link', { name: 'Open Lovelace' }).click();
      await page.getByRole('heading', { name: 'Lovelace', level: 1 }).waitFor();
      expect(page.url()).toBe(`${stack.url}/members?org=lovelace`);
      await button('Invite somebody').click();
      await dialog().getByLabel('E-mail address').fill('guest@example.com');
      await dialog().getByLabel('Role').selectOption('viewer');
      await button('Invite', dialog()).click();
      await page.getByText('guest@example.com').waitFor();
      const tokens = await api.call('platform.selectTenant', { body: { tenant_slug: 'lovelace' } });
      const within = visitorAt(stack.stack.info.edge_url).as({ accessToken: tokens.access_token });
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
    'changes a policy, sees that somebody else has meanwhile, goes back to a version, and follows what it found',
    async () => {
      const { page } = watched;
      const own = visitorAt(stack.stack.info.edge_url);
      const { access_token: live } = await api.call('platform.selectTenant', { body: { tenant_slug: 'lovelace' } });
      const switched = await own
        .as({ accessToken: live })
        .call('platform.switchEnvironment', { body: { environment: 'test' } });
      const within = own.as({ accessToken: switched.access_token });
      const { items } = await within.call('llm.listPolicies');
      const policy = items[0];
      if (policy?.type !== 'keyword') throw new Error('the policy of the test before is not there');
      const { id } = policy;

      await open('/policies?org=lovelace&env=test', 'Policies');
      await button('Edit No secrets').click();
      await dialog().getByLabel('Words').fill('moonshot\nproject x');
      await dialog().getByLabel('Severity').selectOption('high');
      // Somebody else changes it while the form is open.
      await within.call('llm.replacePolicy', {
        params: { id },
        body: { name: 'No code names', type: 'keyword', config: { words: ['moonshot'] }, action: 'flag', version: 1 },
      });
      await button('Save', dialog()).click();
      await dialog().getByText('you began with version 1, and version 2 is in force').waitFor();
      expect(await dialog().getByLabel('Words').inputValue()).toBe('moonshot\nproject x');
      await button('Save mine over it', dialog()).click();
      await page.getByText('The policy is changed.').waitFor();
      expect(await within.call('llm.getPolicy', { params: { id } })).toMatchObject({
        version: 3,
        name: 'No secrets',
        action: 'block',
        severity: 'high',
        config: { words: ['moonshot', 'project x'] },
      });

      await page.getByRole('link', { name: 'No secrets' }).click();
      await page.getByRole('heading', { name: 'No secrets', level: 1 }).waitFor();
      await button('Put version 2 in force again').click();
      await page.getByRole('heading', { name: 'No code names', level: 1 }).waitFor();
      await button('Put version 3 in force again').click();
      await page.getByRole('heading', { name: 'No secrets', level: 1 }).waitFor();
      expect((await within.call('llm.getPolicy', { params: { id } })).version).toBe(5);

      const { key: modelKey } = await within.call('llm.createKey', { body: { name: 'Models' } });
      const prompt = { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'tell me of the moonshot' }] };
      await waitFor(async () => {
        await refusalOf(
          own
            .as({ apiKey: modelKey })
            .request('/trueportai-services/openai/v1/chat/completions', { method: 'POST', json: prompt }),
        ).catch(() => undefined);
        return (await within.call('llm.listViolations')).total > 0;
      });
      await open('/policies?org=lovelace&env=test', 'Policies');
      await page
        .getByRole('region', { name: 'What was found' })
        .getByRole('link', { name: 'No secrets' })
        .first()
        .click();
      await page.getByRole('heading', { name: 'What a policy found' }).waitFor();
      expect(await page.content()).not.toContain('tell me of');
      await page.getByLabel('Status').selectOption('false_positive');
      await page.getByLabel('Note').fill('the film, not ours');
      await button('Save').click();
      await page.getByText('Noted.').waitFor();
      const found = new URL(page.url()).pathname.split('/').at(-1) ?? '';
      expect(await within.call('llm.getViolation', { params: { id: found } })).toMatchObject({
        status: 'false_positive',
        note: 'the film, not ours',
      });
      places.policy = `/policies/${id}?org=lovelace&env=test`;
      places.violation = `/policies/found/${found}?org=lovelace&env=test`;
      await page.getByRole('link', { name: 'Why it ended so' }).click();
      await page.getByRole('heading', { name: 'Requests', level: 1 }).waitFor();
      await waitFor(async () => (await page.getByRole('link', { name: /POST/ }).count()) > 0);
    },
    TIMEOUT_MS,
  );

  test(
    'is joined by whoever was invited, who accepts in the browser',
    async () => {
      const { page, context, faults } = await watchedPage(browser, stack.url);
      await page.goto(`${stack.url}/organisations`);
      // Whoever has the address proves it, and sees what it was invited to.
      await page.getByLabel('E-mail address').fill('guest@example.com');
      await button('Mail me a code', page).click();
      await page.getByLabel('Code').fill(await mailedCode(stack.stack.info.mail_ui_url, 'guest@example.com'));
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
      await page.goto(`${stack.url}/keys?org=of-somebody-else`);
      await page.getByText('You do not belong to of-somebody-else').waitFor();
      const { access_token: accessToken } = await api.call('platform.selectTenant', {
        body: { tenant_slug: 'lovelace' },
      });
      const within = visitorAt(stack.stack.info.edge_url).as({ accessToken });
      const { items } = await within.call('platform.listMembers');
      expect(items.map(({ email, role }) => [email, role])).toContainEqual(['guest@example.com', 'viewer']);
      expect(faults).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    'has the records of an organisation exported, downloads them, and deletes the export',
    async () => {
      const { page } = watched;
      const { access_token: accessToken } = await api.call('platform.selectTenant', {
        body: { tenant_slug: 'lovelace' },
      });
      const within = visitorAt(stack.stack.info.edge_url).as({ accessToken });
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
      expect((await fetch(stack.url + link)).status).toBe(401);

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
      const { page } = watched;
      const { access_token: accessToken } = await api.call('platform.selectTenant', {
        body: { tenant_slug: 'lovelace' },
      });
      const within = visitorAt(stack.stack.info.edge_url).as({ accessToken });
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

  test(
    'looks at days of their choice by the address, and at how long the credits last',
    async () => {
      const { page } = watched;
      await open('/usage', 'Usage');
      await button('Custom').click();
      const today = new Date().toISOString().slice(0, 10);
      await page.getByLabel('From').fill(today);
      await page.getByLabel('To (UTC)').fill(today);
      await page.waitForURL((url) => url.searchParams.get('from') === today && url.searchParams.get('to') === today);
      await page.getByText('How long answers took, in milliseconds').first().waitFor();
      // axe looks at no text of a drawing.
      const colourOf = (selector: string, property: string): Promise<string> =>
        page
          .locator(selector)
          .first()
          .evaluate(
            (element, name) => String(element.ownerDocument.defaultView?.getComputedStyle(element)[name as 'color']),
            property,
          );
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
      const { page } = watched;
      await stack.link(OWNER);
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
});

describe('ways to sign in', () => waysInTests(() => ({ stack, browser, google })));

const SCREENS = [
  ['/', 'Start'],
  ['/keys', 'API keys'],
  ['/keys?make=yes', 'API keys'],
  ['/projects', 'Projects'],
  ['/usage', 'Usage'],
  ['/requests', 'Requests'],
  ['/credits', 'Credits'],
  ['/limits', 'Limits'],
  ['/organisations', 'Organisations'],
  ['/account', 'Account'],
  ['/members?org=lovelace', 'Lovelace'],
  ['/billing?org=lovelace', 'Plan and billing'],
  ['/invites', 'Invitation'],
  ['/keys?org=lovelace&env=test', 'API keys'],
  ['/exports?org=lovelace', 'Exports'],
  ['/policies?org=lovelace&env=test', 'Policies'],
  ['POLICY', 'No secrets'],
  ['VIOLATION', 'What a policy found'],
] as const;

describe('every screen', () => {
  test.each(SCREENS)(
    '%s is readable in light, in dark and at 390 px',
    async (address, heading) => {
      const { page } = watched;
      await page.setViewportSize(WIDE);
      await page.emulateMedia({ colorScheme: 'light' });
      await open(address.replace('POLICY', places.policy).replace('VIOLATION', places.violation), heading);
      await page.waitForLoadState('networkidle');
      for (const scheme of ['light', 'dark'] as const)
        expect([scheme, await violationsIn(page, scheme)]).toEqual([scheme, []]);
      expect(await unseenFocus(page)).toEqual([]);
      await page.setViewportSize(NARROW);
      // Charts take the new width with the next frames.
      await waitFor(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
      expect(await page.evaluate('document.querySelectorAll("style").length')).toBe(0);
    },
    TIMEOUT_MS,
  );

  test('no page broke its policy, logged an error, left its origin or was given a token', () => {
    expect(watched.faults).toEqual([]);
  });
});

test('the first screen needs 150 kB, a screen 100 and charts 130, compressed', () => {
  const folder = path.join(repositoryRoot, 'apps/console/dist/ui');
  const sizeOf = (name: string): number => readFileSync(path.join(folder, 'assets', `${name}.gz`)).length;
  const names = readdirSync(path.join(folder, 'assets')).filter((name) => name.endsWith('.js'));
  const html = readFileSync(path.join(folder, 'index.html'), 'utf8');
  const first = [...html.matchAll(/assets\/([\w.-]+\.(?:js|css))"/g)].map(([, name = '']) => sizeOf(name));
  expect(first.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(150_000);
  const others = names.filter((name) => !html.includes(name));
  for (const name of others)
    expect([name, sizeOf(name) <= (name.startsWith('time-chart') ? 130_000 : 100_000)]).toEqual([name, true]);
});
