import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { FREE_PORTS } from '@turnpike/local-stack/servers';
import { findPostgresPrograms, startPostgres, withClient } from '@turnpike/test-kit';
import { internalCallsOf } from './internal-calls.ts';
import { recordPrograms } from './recorded-programs.ts';
import type { RecordedRelease } from './recorded-release.ts';

/*
 * Writes down what an installation of a release looks like: the databases of its services, how these call each other, their programs, and what callers of it hold. It speaks HTTP to the
 * release's own stack, so that it runs with releases of before it.
 *
 *   npx -y pnpm@12 --filter @turnpike/e2e record-release <checkout of the release, installed and generated> e2e/releases/<release>
 */

const asked = process.argv.slice(2);
if (asked.length !== 2) throw new Error('Usage: record-release <checkout> <folder>');
// A package manager runs the script in the folder of its package.
const [checkout = '', folder = ''] = asked.map((each) => path.resolve(process.env['INIT_CWD'] ?? '.', each));

const programs = await findPostgresPrograms();
const server = await startPostgres({}, programs);
const dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'turnpike-release-')), 'data');
const { PATH, HOME } = process.env;
const env = { PATH, HOME, DATA_DIR: dataDir, ...FREE_PORTS, CONSOLE: 'off', DATABASE_URL: server.url };
const node = path.join(checkout, 'node_modules/node/bin/node');
const stack = spawn(node, ['packages/local-stack/src/cli.ts'], {
  cwd: checkout,
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  let screen = '';
  stack.stdout.setEncoding('utf8');
  for await (const chunk of stack.stdout.iterator({ destroyOnReturn: false })) {
    screen += String(chunk);
    if (screen.includes('Ctrl-C stops everything')) break;
  }
  stack.stdout.resume();
  const told = await populate();
  const recordedAt = await clock();
  stack.kill('SIGINT');
  await once(stack, 'close');
  await mkdir(folder, { recursive: true });
  const databases = await dumpAll();
  const secrets = JSON.parse(await readFile(path.join(dataDir, 'secrets.json'), 'utf8')) as Record<string, string>;
  const release: RecordedRelease = { recordedAt, databases, secrets, ...told };
  await writeFile(path.join(folder, 'release.json'), `${JSON.stringify(release, undefined, 2)}\n`);
  const contracts = (await import(path.join(checkout, 'packages/contracts/src/index.ts'))) as Record<string, unknown>;
  const calls = `${JSON.stringify(internalCallsOf(contracts), undefined, 2)}\n`;
  await writeFile(path.join(folder, 'internal-calls.json'), calls);
  await recordPrograms(checkout, folder);
} finally {
  stack.kill('SIGKILL');
  await server.dispose();
  await rm(path.dirname(dataDir), { recursive: true, force: true });
}

/** Makes people with sessions, keys and credits, some of which have ended. */
async function populate(): Promise<Omit<RecordedRelease, 'recordedAt' | 'databases' | 'secrets'>> {
  const info = JSON.parse(await readFile(path.join(dataDir, 'stack.json'), 'utf8')) as Record<string, string>;
  const admin = { 'X-Admin-Key': info['admin_api_key'] ?? '' };
  type Body = Record<string, unknown>;
  const call = async (method: string, target: string, headers: Record<string, string>, json?: Body): Promise<Body> => {
    const body = json === undefined ? {} : { body: JSON.stringify(json) };
    const answer = await fetch(new URL(target, info['edge_url']), {
      method,
      headers: { ...headers, ...(json && { 'Content-Type': 'application/json' }) },
      ...body,
    });
    if (!answer.ok) throw new Error(`${method} ${target} answered ${answer.status}: ${await answer.text()}`);
    const text = await answer.text();
    return text === '' ? {} : (JSON.parse(text) as Body);
  };
  const signIn = async (
    email: string,
  ): Promise<{ bearer: Record<string, string>; refreshToken: string; id: string }> => {
    const tokens = await call('POST', '/api/v1/auth/dev/token', admin, { email });
    const bearer = { Authorization: `Bearer ${String(tokens['access_token'])}` };
    const { id } = await call('GET', '/api/v1/auth/me', bearer);
    return { bearer, refreshToken: String(tokens['refresh_token']), id: String(id) };
  };
  const ada = await signIn('ada@example.com');
  const me = await call('GET', '/auth/users/me', ada.bearer);
  const [project] = (me['data'] as { projects: { id: string }[] }).projects;
  const owned = { ...ada.bearer, 'X-Project-ID': project?.id ?? '' };
  const makeKey = async (): Promise<{ id: string; full_key: string }> =>
    (await call('POST', '/auth/api-keys/', owned, { name: 'recorded' }))['data'] as { id: string; full_key: string };
  const [key, ended] = [await makeKey(), await makeKey()];
  await call('DELETE', `/auth/api-keys/${ended.id}`, owned);
  await call('POST', '/api/v1/credits/admin/grant', admin, { user_id: ada.id, amount: 100 });
  await call('POST', '/api/v1/timepoints/generate/sync', ada.bearer, { query: 'Moon landing' });
  await call('POST', '/api/v1/timepoints/generate/sync', { 'X-API-Key': key.full_key }, { query: 'Fall of the Wall' });
  const { balance } = await call('GET', '/api/v1/credits/balance', ada.bearer);
  const leaving = await signIn('leaving@example.com');
  await call('POST', '/api/v1/auth/logout', leaving.bearer, {});
  await signIn('grace@example.com');
  return {
    refreshToken: ada.refreshToken,
    endedRefreshToken: leaving.refreshToken,
    apiKey: key.full_key,
    endedApiKey: ended.full_key,
    userId: ada.id,
    email: 'ada@example.com',
    balance: Number(balance),
  };
}

async function clock(): Promise<string> {
  return await withClient({ connectionString: server.url }, async (client) => {
    const { rows } = await client.query<{ now: Date }>('SELECT now()');
    return (rows[0]?.now ?? new Date()).toISOString();
  });
}

/** Every database of the stack, as statements that need no program to be run. */
async function dumpAll(): Promise<string[]> {
  const names = await withClient({ connectionString: server.url }, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "SELECT datname AS name FROM pg_database WHERE datname LIKE 'turnpike%' ORDER BY 1",
    );
    return rows.map(({ name }) => name);
  });
  for (const name of names) {
    const { stdout } = await promisify(execFile)(
      path.join(programs.folder, 'pg_dump'),
      ['--inserts', '--rows-per-insert=100', '--no-owner', server.url.replace(/postgres$/, name)],
      { maxBuffer: 64 * 1_024 * 1_024 },
    );
    const statements = stdout.replaceAll(/^\\.*\n/gm, '').replaceAll(/^--.*\n|^\n/gm, '');
    await writeFile(path.join(folder, `${name}.sql.gz`), gzipSync(statements, { level: 9 }));
  }
  return names;
}
