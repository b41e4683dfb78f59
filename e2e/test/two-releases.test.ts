import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as contracts from '@turnpike/contracts';
import { migrateAllServices, withDatabase } from '@turnpike/migrate';
import { startPostgres, withClient, type OwnStore } from '@turnpike/test-kit';
import { brokenBy, surfaceAt, surfaceOf, type Surface } from '../support/database-surface.ts';
import { callsBrokenBy, internalCallsOf, type InternalCall } from '../support/internal-calls.ts';
import { loadRelease, readInternalCalls, readRelease, RELEASES } from '../support/recorded-release.ts';

/**
 * While replicas roll, programs of the release before work on the databases of this one: whatever their statements name is there as it was, and
 * nothing new refuses them. Services of both releases call each other. docs/upgrade.md promises it of the newest release that is recorded; what an older one uses may have been dropped since.
 */

const TIMEOUT_MS = 900_000;
const name = RELEASES.at(-1) ?? '';
const { databases } = readRelease(name);
const before = new Map<string, Surface>();
let server: OwnStore;

const known = (database: string): Surface => {
  const surface = before.get(database);
  if (surface === undefined) throw new Error(`${database} is not recorded`);
  return surface;
};

beforeAll(async () => {
  server = await startPostgres();
  await loadRelease(name, server.url);
  for (const database of databases) before.set(database, await surfaceAt(withDatabase(server.url, database)));
  await migrateAllServices(server.url, {});
}, TIMEOUT_MS);
afterAll(async () => await server.dispose(), TIMEOUT_MS);

test.each(databases)(`programs of ${name} find all that they use of %s`, async (database) => {
  expect(known(database).finds.length).toBeGreaterThan(0);
  expect(brokenBy(known(database), await surfaceAt(withDatabase(server.url, database)))).toEqual([]);
});

test.each([
  ['ALTER TABLE identity RENAME COLUMN provider TO vendor', 'no longer: identity.provider is text'],
  ['ALTER TABLE account ALTER tier TYPE varchar(9)', 'no longer: account.tier is text'],
  ['ALTER TABLE account ALTER tier DROP NOT NULL', 'no longer: account.tier is never null'],
  ['ALTER TABLE invite ALTER accepted_at SET NOT NULL', 'no longer: invite.accepted_at may be null'],
  [
    "ALTER TABLE outbox ALTER created_at SET DEFAULT '-infinity'",
    'no longer: outbox.created_at, left out, is clock_timestamp()',
  ],
  ['ALTER TABLE invite ADD house text NOT NULL', 'demanded: invite.house'],
  ["ALTER TABLE session ADD CHECK (id <> '00000000-0000-0000-0000-000000000000')", 'refused: session: CHECK'],
  ['CREATE UNIQUE INDEX ON session (user_id)', 'refused: CREATE UNIQUE INDEX'],
  ['ALTER INDEX identity_pkey RENAME TO identity_key', 'no longer: CREATE UNIQUE INDEX identity_pkey'],
  ['DROP TRIGGER account_default_project ON account', 'no longer: CREATE TRIGGER account_default_project'],
  ['DROP FUNCTION uuid_v7()', 'no longer: uuid_v7() returns uuid'],
  ['REVOKE DELETE ON session FROM turnpike_auth_service', 'no longer: the service may DELETE session'],
  [
    'REVOKE UPDATE (address) ON audit_event FROM turnpike_auth_service',
    'no longer: the service may UPDATE audit_event.address',
  ],
  ['REVOKE USAGE ON SCHEMA public FROM turnpike_auth_service, PUBLIC', 'no longer: the service may use the schema'],
])('what would break them is seen: %s', async (change, broken) => {
  await withClient({ connectionString: withDatabase(server.url, 'turnpike_auth') }, async (client) => {
    await client.query('BEGIN');
    await client.query(change);
    const now = await surfaceOf(async <Row extends object>(sql: string) => (await client.query<Row>(sql)).rows);
    expect(brokenBy(known('turnpike_auth'), now)).toContainEqual(expect.stringContaining(broken));
  });
});

test('a refusal that lets more values pass than before breaks nobody', async () => {
  const of = (check: string): Surface => ({
    finds: [],
    columns: ['r.kind'],
    refusals: [{ name: `r: CHECK ((kind = ANY (ARRAY[${check}])))`, columns: ['r.kind'] }],
  });
  expect(brokenBy(of("'a', 'b'"), of("'a', 'b', 'c'"))).toEqual([]);
  expect(brokenBy(of("'a', 'b'"), of("'a', 'c'"))).toHaveLength(1);
});

/** Values that only what the release before does not have sends to it: `llm` is a charge of the LLM gateway. */
const SENT_BY_WHAT_IS_NEW = [
  'credits.reserve body, sent to the release before.transaction_type: does not know llm',
  'credits.grant body, sent to the release before.transaction_type: does not know llm',
];

test(`services of ${name} and of this release can call each other`, () => {
  const broken = callsBrokenBy(readInternalCalls(name), internalCallsOf(contracts));
  expect(broken.filter((each) => !SENT_BY_WHAT_IS_NEW.includes(each))).toEqual([]);
});

describe('calls that would break are seen', () => {
  const answer = (shape: object): InternalCall => ({
    route: 'GET /it',
    asks: { query: { type: 'object', properties: { by: { type: 'string' } } } },
    answers: { 200: { type: 'object', ...shape } },
  });
  const of = (call: InternalCall): Record<string, InternalCall> => ({ it: call });
  const before = answer({ required: ['a'], properties: { a: { type: 'string', enum: ['x'] } } });

  test.each<[string, InternalCall]>([
    ['no longer GET /it', { ...before, route: 'GET /there' }],
    ['200: needs b', answer({ required: ['a', 'b'], properties: before.answers['200']?.properties })],
    ['read by the release before: needs a', answer({ properties: before.answers['200']?.properties })],
    ['200.a: another type', answer({ required: ['a'], properties: { a: { type: 'integer', enum: ['x'] } } })],
    ['before.a: does not know y', answer({ required: ['a'], properties: { a: { type: 'string', enum: ['x', 'y'] } } })],
    ['query: needs by', { ...before, asks: { query: { ...before.asks['query'], required: ['by'] } } }],
  ])('%s', (broken, now) => {
    expect(callsBrokenBy(of(before), of(now))).toContainEqual(expect.stringContaining(broken));
  });

  test('a member that callers may do without breaks nobody', () => {
    const shape = { required: ['a'], properties: { ...before.answers['200']?.properties, b: { type: 'string' } } };
    expect(callsBrokenBy(of(before), of(answer(shape)))).toEqual([]);
  });
});
