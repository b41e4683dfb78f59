import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TokenPair, Turnpike } from '@turnpike/client';
import { startStack, type Stack } from '@turnpike/local-stack';
import { bundled, freePort } from '@turnpike/test-kit';
import { repositoryRoot } from '../infra/repository.ts';
import { callerAt, refusalOf, statusOf, visitorAt } from '../support/callers.ts';
import { blocksOf, commandsFor, Shell } from '../support/page.ts';
import { stackEnvironment, tempDataDir } from '../support/temp-stack.ts';

/**
 * The page on replacing keys: its commands as they stand, on an `.env` of its own. There is no container engine here, so where it says to roll, the stack
 * is started anew with what `.env` then holds.
 */

const TIMEOUT_MS = 900_000;
const PAGE = 'docs/replacing-keys.md';
const METERED = '/api/v1/timepoints/generate/sync';
const PASSWORD = 'correct horse battery staple';
const VENDOR_KEY = 'sk-of-the-organisation-itself';

let folder = '';
let dataDir = '';
let remove: () => Promise<void>;
let usersPort = 0;
let shell: Shell;
let stack: Stack | undefined;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-keys-'));
  await mkdir(path.join(folder, 'infra'));
  for (const file of ['.env.example', 'infra/new-env.sh', 'infra/replace-key.sh'])
    await cp(path.join(repositoryRoot, file), path.join(folder, file));
  ({ dataDir, remove } = await tempDataDir());
  usersPort = await freePort();
  shell = new Shell(folder, {
    PATH: `${await commandsFor(folder)}:${process.env['PATH'] ?? ''}`,
    DATA_DIR: dataDir,
  });
  await shell.run('set -e\nsh infra/new-env.sh');
}, TIMEOUT_MS);
afterAll(async () => {
  await shell.close();
  await stack?.stop();
  await remove();
  await rm(folder, { recursive: true, force: true });
}, TIMEOUT_MS);

const [add = '', use = '', reseal = '', drop = ''] = blocksOf(PAGE).map(({ text }) => text);
const NAMES = (/KEYS='(.*)'/.exec(add)?.[1] ?? '').split(' ');

/** The values of `.env`, by the names that the page replaces. */
async function values(): Promise<Record<string, string>> {
  const text = await readFile(path.join(folder, '.env'), 'utf8');
  return Object.fromEntries(NAMES.map((name) => [name, new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '']));
}
const admin = async (place: number): Promise<string> => (await values())['ADMIN_API_KEY']?.split(',')[place] ?? '';

/** Starts the stack anew with what `.env` holds; nobody has a token that is still in the memory of an edge. */
async function roll(): Promise<Turnpike> {
  await stack?.stop();
  const environment = stackEnvironment(dataDir, { ...(await values()), USERS_PORT: String(usersPort) });
  stack = await startStack({ environment, programOf: bundled });
  return visitorAt(stack.info.edge_url);
}

const refresh = async (visitor: Turnpike, token: string): Promise<TokenPair> =>
  await visitor.call('auth.refresh', { body: { refresh_token: token } });

/** A stored secret, as the service that acts by it reads it. */
async function vendorKey(serviceKey: string | undefined, organisation: string): Promise<unknown> {
  const caller = callerAt(`http://127.0.0.1:${usersPort}`, { serviceKey: serviceKey ?? '' });
  const query = { keys: 'providers.openai.api_key', organisation };
  const { items } = await caller.request<{ items: { value: unknown }[] }>('/internal/users/config', { query });
  return items[0]?.value;
}

test(
  'keys are replaced while sessions, sealed values and calls go on, and the old ones are refused in the end',
  async () => {
    let visitor = await roll();
    const old = await values();
    expect(NAMES.length).toBe(7);
    const credentials = { email: 'ada@example.com', password: PASSWORD };
    const { id } = await visitor.call('platform.register', { body: credentials });
    const signIn = async () => await visitor.call('platform.login', { body: credentials });
    let tokens: TokenPair = await signIn();
    const idle = await signIn();
    expect(id).toMatch(/-/);
    const as = ({ access_token: accessToken }: TokenPair) => visitor.as({ accessToken });
    const { id: tenantId } = await as(tokens).call('platform.createTenant', { body: { name: 'Sealed' } });
    const scoped = await as(tokens).call('platform.selectTenant', { body: { tenant_id: tenantId } });
    await as({ ...tokens, ...scoped }).call('platform.setConfig', {
      headers: {},
      params: { key: 'providers.openai.api_key' },
      body: { value: VENDOR_KEY },
    });

    const everythingWorks = async (): Promise<void> => {
      tokens = await refresh(visitor, tokens.refresh_token);
      const call = as(tokens).requestWithHeaders(METERED, { method: 'POST', json: { query: 'x' } });
      expect(await statusOf(call)).toBe(200);
      for (const key of (await values())['SERVICE_API_KEY']?.split(',') ?? [])
        expect(await vendorKey(key, tenantId)).toBe(VENDOR_KEY);
      for (const key of (await values())['ADMIN_API_KEY']?.split(',') ?? [])
        expect((await visitor.as({ adminKey: key }).call('users.adminGet', { params: { id } })).id).toBe(id);
    };
    await everythingWorks();

    await shell.run(add);
    const added = await values();
    for (const name of NAMES) expect(added[name]).toMatch(new RegExp(`^${old[name]},[0-9a-f]{64}$`));
    visitor = await roll();
    await everythingWorks();

    await shell.run(use);
    const [before, next] = [await admin(1), await admin(0)];
    expect([before, next === before]).toEqual([old['ADMIN_API_KEY'], false]);
    visitor = await roll();
    await everythingWorks();
    // As in the environment of whoever may run it.
    const sealing = `export AUTH_ENCRYPTION_KEY=${(await values())['AUTH_ENCRYPTION_KEY']}`;
    expect(await shell.run(`${sealing}\n${reseal}`)).toMatch(/Sealed \d+ values anew/);

    await shell.run(drop);
    const now = await values();
    for (const name of NAMES) expect(now[name]).toBe(added[name]?.split(',')[1]);
    expect(await readFile(path.join(folder, '.env'), 'utf8')).not.toContain('is being replaced');
    visitor = await roll();
    await everythingWorks();
    const operator = visitor.as({ adminKey: before }).call('users.adminGet', { params: { id } });
    expect((await refusalOf(operator)).code).toBe('auth.admin_key_invalid');
    expect((await refusalOf(vendorKey(old['SERVICE_API_KEY'], tenantId))).status).toBe(403);
    // As the page says of a session that was not refreshed since the second step.
    expect((await refusalOf(refresh(visitor, idle.refresh_token))).code).toBe('auth.refresh_invalid');
  },
  TIMEOUT_MS,
);

test('a step out of turn is refused, and one that was made changes nothing', async () => {
  const step = (words: string) => shell.run(`sh infra/replace-key.sh ${words} 2>&1 && echo "code 0" || echo "code $?"`);
  const before = await values();
  expect(await step('use CONSOLE_KEY')).toMatch(/add comes first\ncode 1/);
  expect(await step('drop CONSOLE_KEY')).toMatch(/drop was made already\ncode 0/);
  expect(await values()).toEqual(before);
  await step('add CONSOLE_KEY');
  const added = await values();
  expect(await step('add CONSOLE_KEY')).toMatch(/add was made already\ncode 0/);
  expect(await step('drop CONSOLE_KEY')).toMatch(/use comes first\ncode 1/);
  expect(await values()).toEqual(added);
  await step('use CONSOLE_KEY');
  const used = await values();
  expect(await step('use CONSOLE_KEY')).toMatch(/use was made already\ncode 0/);
  expect(await step('add CONSOLE_KEY')).toMatch(/drop comes first\ncode 1/);
  expect(await values()).toEqual(used);
  for (const words of ['', 'add', 'add NOTHING', 'turn CONSOLE_KEY']) expect(await step(words)).toMatch(/code 64/);
});
