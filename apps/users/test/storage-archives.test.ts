import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openClient, startS3StandIn, waitFor, type S3StandIn } from '@turnpike/test-kit';
import { memberHeaders } from './member.ts';
import { startStack, type Stack } from './stack.ts';
import { call } from './start-users.ts';
import { storageExportsTests } from './storage-exports.ts';

/** What is written to an organisation's own store, when, and what comes of a store that fails. */

const PATH = '/platform/api/service/storage';
const PERSON = '0193a000-0000-7000-8000-00000000000a';
const ENCRYPTION_KEY = 'archives-encryption-key-0123456789abcdef';
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'archive-secret-wJalrXUtnFEMI' };

let s3: S3StandIn;
let stack: Stack;
let organisation: string;
beforeAll(async () => {
  s3 = await startS3StandIn({ ...KEYS, buckets: ['acme-logs'] });
  stack = await startStack({ STORAGE_INTERNAL_ALLOWED: 'true', USERS_ENCRYPTION_KEY: ENCRYPTION_KEY });
});
afterAll(async () => {
  await stack.stop();
  await s3.close();
});
beforeEach(() => {
  organisation = randomUUID();
  s3.fault = undefined;
});

const choice = () => ({
  provider: 's3',
  endpoint: s3.url,
  region: 'eu-central-1',
  bucket: 'acme-logs',
  prefix: 'turnpike/',
  force_path_style: true,
  access_key_id: KEYS.accessKeyId,
  secret_access_key: KEYS.secretAccessKey,
});

/** The last hour that is due to be archived, which is ten minutes after its end. */
const lastDueHour = (): Date => new Date(Math.floor((Date.now() - 600_000) / 3_600_000 - 1) * 3_600_000);

test('hourly archives hold every record of the hour once, under the same names when they are written again; a store that fails loses nothing', async () => {
  const hour = lastDueHour();
  const ids = Array.from({ length: 3 }, () => randomUUID());
  for (const [index, id] of ids.entries())
    await stack.databases.usage.query(
      `INSERT INTO request_record (at, id, request_id, caller, organisation_id, environment, method, status, duration_us, attempts, request_bytes, response_bytes)
       VALUES ($1, $2, $3, 'user', $4, 'prod', 'GET', 200, 5, 1, 0, 0)`,
      [new Date(hour.getTime() + index * 60_000), id, `request-${index}`, organisation],
    );
  s3.fault = { status: 503, code: 'SlowDown' };
  const headers = memberHeaders('PUT', PATH, PERSON, { id: organisation, role: 'admin' });
  expect((await call(stack.urls.users, 'PUT', `${PATH}?force=true`, choice(), headers)).status).toBe(200);
  const reopen = () =>
    stack.databases.users.query(
      // As changed, so that what still runs notes nothing.
      'UPDATE storage_settings SET archived_until = $1, next_attempt_at = clock_timestamp(), updated_at = clock_timestamp() WHERE organisation_id = $2',
      [hour, organisation],
    );
  await reopen();
  await waitFor(async () => (await rowOf(stack))?.['last_error'] === 'other');
  expect(await rowOf(stack)).toMatchObject({ archived_until: hour, failing_since: expect.any(Date) });
  s3.fault = undefined;
  const written = () => [...s3.objects].filter(([name]) => name.includes('/usage/'));
  await reopen();
  await waitFor(() => Promise.resolve(written().length === 1));
  await waitFor(async () => (await rowOf(stack))?.['failing_since'] === null);
  const [[name, body] = ['', Buffer.alloc(0)]] = written();
  const day = hour.toISOString().slice(0, 10);
  expect(name).toBe(
    `acme-logs/turnpike/usage/dt=${day}/h=${hour.toISOString().slice(11, 13)}/${ids[0]}-${ids[2]}.ndjson.gz`,
  );
  const records = gunzipSync(body)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; tenant_id: string });
  expect(records.map(({ id }) => id)).toEqual(ids.toReversed());
  expect(new Set(records.map(({ tenant_id: id }) => id))).toEqual(new Set([organisation]));
  const puts = () => s3.requests.filter((line) => line === `PUT /${name}`).length;
  const before = puts();
  await reopen();
  await waitFor(() => Promise.resolve(puts() > before));
  expect(written()).toHaveLength(1);
});

test('what comes late has a file of its own beside those of its hour, however often these are written', async () => {
  const hour = lastDueHour();
  const [early, late] = [randomUUID(), randomUUID()];
  for (const [index, id] of [early, late].entries())
    await stack.databases.usage.query(
      `INSERT INTO request_record (at, id, request_id, caller, organisation_id, environment, method, status, duration_us, attempts, request_bytes, response_bytes)
       VALUES ($1, $2, $3, 'user', $4, 'prod', 'GET', 200, 5, 1, 0, 0)`,
      [new Date(hour.getTime() + index * 60_000), id, `request-${index}`, organisation],
    );
  const headers = memberHeaders('PUT', PATH, PERSON, { id: organisation, role: 'admin' });
  expect((await call(stack.urls.users, 'PUT', PATH, choice(), headers)).status).toBe(200);
  const at = hour.toISOString();
  const folder = `acme-logs/turnpike/usage/dt=${at.slice(0, 10)}/h=${at.slice(11, 13)}`;
  s3.fault = { status: 503, code: 'SlowDown' };
  await stack.databases.usage.query(
    "INSERT INTO late_record (id, organisation_id, at, stored_at) VALUES ($1, $2, $3, now() - interval '11 minutes')",
    [late, organisation, new Date(hour.getTime() + 60_000)],
  );
  const lateFile = `${folder}/late-${late}-${late}.ndjson.gz`;
  await waitFor(() => Promise.resolve(s3.requests.includes(`PUT /${lateFile}`)));
  s3.fault = undefined;
  await waitFor(async () => {
    // As if its pause were over.
    await stack.databases.usage.query('UPDATE late_batch SET next_attempt_at = now() WHERE organisation_id = $1', [
      organisation,
    ]);
    return s3.objects.has(lateFile);
  });
  expect(JSON.parse(gunzipSync(s3.objects.get(lateFile) ?? '').toString())).toMatchObject({ id: late });
  await stack.databases.users.query(
    'UPDATE storage_settings SET archived_until = $1, next_attempt_at = clock_timestamp() WHERE organisation_id = $2',
    [hour, organisation],
  );
  await waitFor(() => Promise.resolve(s3.objects.has(`${folder}/${early}-${early}.ndjson.gz`)));
  const files = [...s3.objects.keys()].filter((name) => name.includes(early) || name.includes(late));
  expect(files).toHaveLength(2);
});

test('owners are told of an outage of a day once, and of the next one again', async () => {
  const hour = lastDueHour();
  const headers = memberHeaders('PUT', PATH, PERSON, { id: organisation, role: 'admin' });
  expect((await call(stack.urls.users, 'PUT', `${PATH}?force=true`, choice(), headers)).status).toBe(200);
  await stack.databases.usage.query(
    `INSERT INTO request_record (at, id, request_id, caller, organisation_id, environment, method, status, duration_us, attempts, request_bytes, response_bytes)
     VALUES ($1, $2, 'request-1', 'user', $3, 'prod', 'GET', 200, 5, 1, 0, 0)`,
    [hour, randomUUID(), organisation],
  );
  const due = (failingFor: string | null) =>
    stack.databases.users.query(
      `UPDATE storage_settings SET archived_until = $1, next_attempt_at = clock_timestamp(), updated_at = clock_timestamp(),
              failing_since = coalesce(clock_timestamp() - $3::interval, failing_since) WHERE organisation_id = $2`,
      [hour, organisation, failingFor],
    );
  const tried = async () => Number((await rowOf(stack))?.['attempts']);
  const told = () =>
    rowsOf(
      stack,
      "SELECT payload->'notice' AS notice FROM outbox WHERE type = 'organisation.notice' AND payload->>'organisation_id' = $1",
    );
  s3.fault = { status: 403, code: 'AccessDenied' };
  await due('23 hours');
  await waitFor(async () => (await tried()) === 1);
  expect(await told()).toEqual([]);
  await due('25 hours');
  await waitFor(async () => (await told()).length === 1);
  await waitFor(async () => (await tried()) === 2);
  await due(null);
  await waitFor(async () => (await tried()) === 3);
  expect(await told()).toEqual([
    { notice: { kind: 'storage_failing', reason: 'denied', since: expect.stringMatching(/Z$/) } },
  ]);
  s3.fault = undefined;
  await due(null);
  await waitFor(async () => (await rowOf(stack))?.['last_error'] === null);
  s3.fault = { status: 403, code: 'AccessDenied' };
  await due('25 hours');
  await waitFor(async () => (await told()).length === 2);
});

storageExportsTests({ running: () => ({ stack, s3, store: choice() }), encryptionKey: ENCRYPTION_KEY });

const rowOf = async (running: Stack) =>
  (await rowsOf(running, 'SELECT * FROM storage_settings WHERE organisation_id::text = $1'))[0];

/** What a statement finds in the database of users; `$1` is the organisation. */
async function rowsOf({ databases }: Stack, sql: string): Promise<Record<string, unknown>[]> {
  const client = await openClient({ connectionString: databases.users.url });
  const { rows } = await client.query<Record<string, unknown>>(sql, [organisation]);
  await client.end();
  return rows;
}
