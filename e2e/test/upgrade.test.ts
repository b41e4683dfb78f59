import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startStack, type Stack } from '@turnpike/local-stack';
import { withDatabase } from '@turnpike/migrate';
import { startPostgres, verifyLedger, withClient, type OwnStore } from '@turnpike/test-kit';
import { balanceOf, refusalOf, statusOf, visitorAt } from '../support/callers.ts';
import { loadRelease, readRelease, RELEASES } from '../support/recorded-release.ts';
import { stackEnvironment, tempDataDir } from '../support/temp-stack.ts';

/** Installations of earlier releases come up on this one, and what callers hold goes on working. docs/upgrade.md says what is promised. */

const TIMEOUT_MS = 400_000;
const OWN_DATA = '/api/v1/users/me/timepoints';

/** What programs of a release use of a database: functions by signature, columns with their types. */
interface Surface {
  readonly functions: readonly string[];
  readonly columns: readonly string[];
  /** Columns that a statement which does not know them cannot leave out. */
  readonly demanded: readonly string[];
}

async function surfaceOf(url: string): Promise<Surface> {
  return await withClient({ connectionString: url }, async (client) => {
    const list = async (sql: string): Promise<string[]> =>
      (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name);
    const columns = (condition: string): Promise<string[]> =>
      list(
        `SELECT format('%s.%s %s', relname, attname, format_type(atttypid, atttypmod)) AS name
           FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
          WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND attnum > 0
            AND NOT attisdropped AND relname NOT IN ('_prisma_migrations', '_turnpike_functions') AND ${condition}`,
      );
    return {
      functions: await list(
        `SELECT format('%s(%s) %s', proname, pg_get_function_arguments(oid), pg_get_function_result(oid)) AS name
           FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
      ),
      columns: await columns('true'),
      demanded: await columns("attnotnull AND NOT atthasdef AND attidentity = '' AND attgenerated = ''"),
    };
  });
}

const without = (all: readonly string[], known: readonly string[]): string[] =>
  all.filter((name) => !known.includes(name));
const tableOf = (column: string): string => column.split('.')[0] ?? '';

describe.each(RELEASES)('the release of %s', (name) => {
  const release = readRelease(name);
  let server: OwnStore;
  let stack: Stack | undefined;
  let removeDataDir: (() => Promise<void>) | undefined;
  const visitor = () => visitorAt(stack?.info.edge_url ?? '');
  const before = new Map<string, Surface>();
  beforeAll(async () => {
    server = await startPostgres();
    await loadRelease(name, server.url);
    for (const database of release.databases) before.set(database, await surfaceOf(withDatabase(server.url, database)));
    const { dataDir, remove } = await tempDataDir();
    removeDataDir = remove;
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeFile(path.join(dataDir, 'secrets.json'), JSON.stringify(release.secrets), { mode: 0o600 });
    stack = await startStack({ environment: stackEnvironment(dataDir, { DATABASE_URL: server.url }) });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await stack?.stop();
    await server.dispose();
    await removeDataDir?.();
  }, TIMEOUT_MS);

  test('sessions, keys and balances go on, and what had ended stays ended', async () => {
    const tokens = await visitor().call('auth.refresh', { body: { refresh_token: release.refreshToken } });
    const session = visitor().as({ accessToken: tokens.access_token });
    expect(await session.call('auth.getMe')).toMatchObject({ id: release.userId, email: release.email });
    const key = visitor().as({ apiKey: release.apiKey });
    expect([await balanceOf(session), await balanceOf(key)]).toEqual([release.balance, release.balance]);
    expect(await statusOf(key.requestWithHeaders(OWN_DATA))).toBe(200);
    const ended = visitor().call('auth.refresh', { body: { refresh_token: release.endedRefreshToken } });
    expect((await refusalOf(ended)).status).toBe(401);
    expect(await statusOf(visitor().as({ apiKey: release.endedApiKey }).requestWithHeaders(OWN_DATA))).toBe(401);
  });

  test('they spend, and the books add up', async () => {
    const order = { method: 'POST', json: { query: 'Moon landing' } };
    const { headers } = await visitor()
      .as({ apiKey: release.apiKey })
      .requestWithHeaders('/api/v1/timepoints/generate/sync', order);
    expect(headers.get('x-credits-remaining')).toBe(String(release.balance - Number(headers.get('x-credits-charged'))));
    await verifyLedger({ DATABASE_URL: server.url });
  });

  // What an older one uses may have been dropped since.
  if (name !== RELEASES.at(-1)) return;
  test.each(release.databases)('its programs still find all that they use of %s', async (database) => {
    const known = before.get(database) ?? { functions: [], columns: [], demanded: [] };
    const now = await surfaceOf(withDatabase(server.url, database));
    expect(known.columns.length).toBeGreaterThan(0);
    expect(without(known.functions, now.functions)).toEqual([]);
    expect(without(known.columns, now.columns)).toEqual([]);
    const tables = new Set(known.columns.map(tableOf));
    const added = without(now.demanded, known.demanded).filter((column) => tables.has(tableOf(column)));
    expect(added).toEqual([]);
  });
});
