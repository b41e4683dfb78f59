import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLogger } from '@turnpike/service-kit';
import { createTestDatabase, withClient, type TestDatabase } from '@turnpike/test-kit';
import { openBatch } from '../src/batches/stores/batches.ts';
import { readConfig } from '../src/config.ts';
import { createCredentials, CREDENTIAL_KEYS } from '../src/credentials/credentials.ts';
import { openDatabase, type Database } from '../src/database.ts';
import { createForgottenSweep } from '../src/forgotten/delete-forgotten.ts';
import { keepObject } from '../src/kept/stores/kept-objects.ts';
import { IMPERSONAL_TABLES, PERSONAL_TABLES } from '../src/personal-data.ts';
import { Vendors } from '../src/upstream/vendors.ts';
import type { NewViolation } from '../src/violations/stored-violation.ts';
import { addViolations } from '../src/violations/stores/add-violations.ts';

let tests: TestDatabase;
let database: Database;
beforeAll(async () => {
  tests = await createTestDatabase('llm');
  database = openDatabase(readConfig({ ...tests.env, REDIS_URL: 'redis://127.0.0.1:9' }));
});
afterAll(async () => {
  await database.close();
  await tests.drop();
});

async function rows(statement: string): Promise<Record<string, unknown>[]> {
  return withClient({ connectionString: tests.url }, async (client) => (await client.query(statement)).rows);
}

const erase = (userId: string) => database.query('SELECT * FROM llm_erase_user($1::uuid)', userId);

function violation(userId: string, more: Partial<NewViolation> = {}): NewViolation {
  return {
    id: randomUUID(),
    policyId: 'operator-0000',
    policyName: 'No \0 half \uD800 characters',
    policyVersion: 1,
    type: 'pii',
    category: 'email',
    severity: 'high',
    action: 'redacted',
    direction: 'request',
    location: '/messages/0/content',
    matchCount: 1,
    excerpt: 'canary-excerpt',
    matches: [{ entity: 'email', start: 0, end: 1, masked: 'canary-match', confidence: 1 }],
    call: {
      organisationId: randomUUID(),
      environment: 'prod',
      userId,
      keyId: randomUUID(),
      requestId: 'canary-request',
      provider: 'openai',
      model: 'gpt',
    },
    phase: 'sync',
    createdAt: new Date(),
    ...more,
  };
}

test('every table is declared as personal or not', async () => {
  const tables = await rows(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
  );
  const declared = [...PERSONAL_TABLES.map(({ table }) => table), ...Object.keys(IMPERSONAL_TABLES)];
  expect(tables.map(({ name }) => String(name)).toSorted()).toEqual(declared.toSorted());
});

test('an erasure leaves the count of what was found, and nothing of the person; what comes late does not bring them back', async () => {
  const [userId, other] = [randomUUID(), randomUUID()];
  const theirs = violation(userId);
  expect(await addViolations(database, [theirs, violation(other, { excerpt: 'of another' })])).toBe(2);
  expect(await addViolations(database, [theirs])).toBe(0);
  await database.query(
    `INSERT INTO policy (id, organisation_id, environment, version, rule, created_by) VALUES ($1::uuid, $1::uuid, 'prod', 1, '{}', $1::uuid)`,
    userId,
  );
  const erased = await erase(userId);
  expect(erased).toContainEqual({ erased_from: 'violation', erased_rows: 1n });
  await addViolations(database, [violation(userId)]);
  await erase(userId);
  const left = await rows('SELECT user_id, excerpt, request_id, matches FROM violation ORDER BY user_id');
  expect(left).toHaveLength(3);
  expect(JSON.stringify(left.slice(1))).not.toMatch(/canary/);
  expect(left[0]).toMatchObject({ user_id: other, excerpt: 'of another' });
  expect(await rows('SELECT created_by FROM policy')).toEqual([{ created_by: null }]);
});

test('what a person keeps at a vendor is nobody’s after an erasure, and an organisation’s stays without them', async () => {
  const [userId, organisationId] = [randomUUID(), randomUUID()];
  const object = { credentialId: 'openai', kind: 'file' as const, userId, keyId: randomUUID(), object: {} };
  const personal = { ...object, organisationId: undefined, environment: undefined };
  const shared = { ...object, organisationId, environment: 'prod' };
  expect(await keepObject(database, { ...personal, id: 'file-1' })).toBe(true);
  expect(await keepObject(database, { ...personal, id: 'file-1', userId: randomUUID() })).toBe(false);
  expect(await keepObject(database, { ...shared, id: 'file-2' })).toBe(true);
  await erase(userId);
  expect(await keepObject(database, { ...personal, id: 'file-3' })).toBe(false);
  expect(await keepObject(database, { ...shared, id: 'file-4' })).toBe(true);
  const forgotten = await rows('DELETE FROM forgotten_object RETURNING id');
  expect(forgotten.map(({ id }) => String(id)).toSorted()).toEqual(['file-1', 'file-3']);
  const left = await rows('SELECT id, user_id, key_id FROM kept_object ORDER BY id');
  expect(left).toEqual(['file-2', 'file-4'].map((id) => ({ id, user_id: null, key_id: null })));
});

test('a batch of a person is to be cancelled after an erasure, and followed no more, and an organisation’s goes on without them', async () => {
  const [userId, organisationId] = [randomUUID(), randomUUID()];
  const open = (more: object) =>
    openBatch(
      database,
      {
        id: randomUUID(),
        provider: 'openai',
        credentialId: 'openai',
        resource: undefined,
        basePath: '/v1/batches',
        query: '',
        organisationId: undefined,
        environment: undefined,
        userId,
        keyId: randomUUID(),
        requestId: 'canary-request',
        inputFileId: undefined,
        requests: 1,
        violations: 0,
        terms: {},
        held: 0n,
        holdId: undefined,
        spendId: undefined,
        ...more,
      },
      1,
      1,
    );
  expect([await open({}), await open({ organisationId, environment: 'prod' })]).toEqual([true, true]);
  await erase(userId);
  expect([await open({}), await open({ organisationId, environment: 'prod' })]).toEqual([false, true]);
  const left = await rows('SELECT organisation_id, user_id, key_id FROM batch');
  const nobody = { organisation_id: organisationId, user_id: null, key_id: null };
  expect(left).toEqual([nobody, nobody]);
  expect(await rows("SELECT FROM batch WHERE state <> 'creating' OR look_at IS NULL")).toEqual([]);
  expect(await rows('SELECT credential_id, base_path, vendor_id FROM forgotten_batch')).toEqual([
    { credential_id: 'openai', base_path: '/v1/batches', vendor_id: null },
  ]);
});

test('what cannot be deleted at its vendor is tried again, later each time, and what is gone already is done', async () => {
  const answers = [500, 401, 404];
  const vendor = createServer((_request, response) => void response.writeHead(answers.shift() ?? 500).end());
  await new Promise<void>((resolve) => void vendor.listen(0, '127.0.0.1', resolve));
  const config = readConfig({
    ...tests.env,
    REDIS_URL: 'redis://127.0.0.1:9',
    OPENAI_API_KEY: 'key',
    OPENAI_BASE_URL: `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`,
  });
  const none = Object.fromEntries(CREDENTIAL_KEYS.map((key) => [key, null]));
  const vendors = new Vendors({ timeoutMs: 5_000, connectionsMax: 2, nowMs: () => performance.now() });
  const outcomes: string[] = [];
  const sweep = createForgottenSweep({
    database,
    credentials: createCredentials(config, { of: () => Promise.resolve(none as never) }),
    vendors,
    logger: createLogger('test', 'silent'),
    onOutcome: (outcome) => outcomes.push(outcome),
    onLag: () => {},
  });
  await rows(
    "INSERT INTO forgotten_object (credential_id, id, kind) VALUES ('openai', 'file-1', 'file'), ('azure:gone', 'file-1', 'file')",
  );
  const rests: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    await sweep(new AbortController().signal);
    const [waiting] = await rows(
      "SELECT extract(epoch FROM due_at - now())::float8 AS seconds FROM forgotten_object WHERE credential_id = 'openai'",
    );
    if (waiting !== undefined) rests.push(Math.round(Number(waiting['seconds']) / 60));
    await rows("UPDATE forgotten_object SET due_at = now() WHERE credential_id = 'openai' RETURNING id");
  }
  expect(rests).toEqual([1, 2]);
  expect(outcomes.toSorted()).toEqual(['failed', 'failed', 'failed', 'gone']);
  expect(await rows('SELECT credential_id, failures FROM forgotten_object')).toEqual([
    { credential_id: 'azure:gone', failures: 1 },
  ]);
  await vendors.close();
  await new Promise((resolve) => void vendor.close(resolve));
});
