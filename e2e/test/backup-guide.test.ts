import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Turnpike } from '@turnpike/client';
import { startStack, type Stack } from '@turnpike/local-stack';
import { findPostgresPrograms, startPostgres, waitFor, type OwnStore, type PostgresPrograms } from '@turnpike/test-kit';
import { balanceOf, statusOf, visitorAt } from '../support/callers.ts';
import { makeKey, signInByMail } from '../support/developer.ts';
import { blocksOf, commandsFor, isShown, Shell } from '../support/page.ts';
import { stackEnvironment, tempDataDir } from '../support/temp-stack.ts';

/** The page on backups, block by block, from one server to another: nothing of it is changed but the servers' addresses. */

const TIMEOUT_MS = 900_000;
const PAGE = 'docs/backups.md';
/** What a new user has. */
const SIGN_UP_CREDITS = 50;
const METERED = '/api/v1/timepoints/generate/sync';
/** What the page calls the servers. */
const OLD = 'postgresql://migrator:password@postgres.example.com:5432';
const NEW = 'postgresql://migrator:password@new-postgres.example.com:5432';

let folder: string;
let programs: PostgresPrograms;
let servers: OwnStore[] = [];
let stack: Stack | undefined;
let shell: Shell | undefined;
const removals: (() => Promise<void>)[] = [];

beforeAll(async () => {
  programs = await findPostgresPrograms();
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-backups-'));
  servers = [await startPostgres({}, programs), await startPostgres({}, programs)];
}, TIMEOUT_MS);
afterAll(async () => {
  await shell?.close();
  await stack?.stop();
  for (const remove of removals) await remove();
  for (const server of servers) await server.dispose();
  await rm(folder, { recursive: true, force: true });
}, TIMEOUT_MS);

/** The address of a server, without a database. */
const addressOf = (server: OwnStore | undefined): string => server?.url.replace(/\/postgres$/, '') ?? '';

/** A stack on a server, with an empty Redis and, where given, the secrets of another. */
async function startOn(server: OwnStore | undefined, secretsOf?: Stack): Promise<Stack> {
  const { dataDir, remove } = await tempDataDir();
  removals.push(remove);
  if (secretsOf !== undefined) {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await copyFile(path.join(secretsOf.dataDir, 'secrets.json'), path.join(dataDir, 'secrets.json'));
  }
  return await startStack({ environment: stackEnvironment(dataDir, { DATABASE_URL: server?.url ?? '' }) });
}

const listed = async (admin: Turnpike, userId: string): Promise<number> =>
  (await admin.call('usage.adminListRequests', { query: { user_id: userId, limit: 50 } })).items.length;

test(
  'what was dumped comes back: an old session, an API key, balances, the record of requests, and books that add up',
  async () => {
    const before = await startOn(servers[0]);
    stack = before;
    const visitor = visitorAt(before.info.edge_url);
    const ada = await signInByMail(visitor, before.info.mail_ui_url, 'ada@example.com');
    const operators = visitor.as({ adminKey: before.info.admin_api_key });
    const tokens = await operators.call('auth.devToken', { body: { email: 'grace@example.com' } });
    const [key, ended] = [await makeKey(ada), await makeKey(ada)];
    await ada.session.call('account.deleteApiKey', { headers: ada.project, params: { key_id: ended.id } });
    await ada.session.request(METERED, { method: 'POST', json: { query: 'Moon landing' } });
    const balance = await balanceOf(ada.session);
    await waitFor(async () => (await listed(operators, ada.userId)) >= 3);
    const recorded = await listed(operators, ada.userId);

    const run = new Shell(folder, {
      PATH: `${await commandsFor(folder)}:${programs.folder}:${process.env['PATH'] ?? ''}`,
    });
    shell = run;
    const blocks = blocksOf(PAGE);
    for (const [index, { language, text }] of blocks.entries()) {
      if (language !== 'sh') continue;
      const lines = text.replaceAll(OLD, addressOf(servers[0])).replaceAll(NEW, addressOf(servers[1]));
      if (lines.includes('turnpike ledger')) {
        // Steps 3 and 4.
        stack = await startOn(servers[1], before);
        await run.run(`export DATA_DIR='${stack.dataDir}'`);
      }
      const output = await run.run(lines);
      const next = blocks[index + 1];
      // Nothing is shown where all went well, unless the page shows it.
      const shown = next?.language === 'text' ? next.text : '';
      if (!isShown(output, shown)) expect(output).toBe(shown);
      // Step 1, once the dumps are taken.
      if (lines.includes('pg_dump')) await before.stop();
    }

    const after = visitorAt(stack.info.edge_url);
    expect((await after.as({ accessToken: tokens.access_token }).call('auth.getMe')).id).toBeTruthy();
    const refreshed = await after.call('auth.refresh', { body: { refresh_token: tokens.refresh_token } });
    expect(await balanceOf(after.as({ accessToken: refreshed.access_token }))).toBe(SIGN_UP_CREDITS);
    expect(await balanceOf(after.as({ apiKey: key.text }))).toBe(balance);
    expect(await statusOf(after.as({ apiKey: ended.text }).requestWithHeaders('/api/v1/users/me/timepoints'))).toBe(
      401,
    );
    expect(await listed(after.as({ adminKey: stack.info.admin_api_key }), ada.userId)).toBeGreaterThanOrEqual(recorded);
  },
  TIMEOUT_MS,
);
