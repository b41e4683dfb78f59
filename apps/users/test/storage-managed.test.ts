import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openClient, startS3StandIn, waitFor, type S3StandIn } from '@turnpike/test-kit';
import { memberHeaders } from './member.ts';
import { startStack, type Stack } from './stack.ts';
import { call } from './start-users.ts';

/** The operator's own place: hours and audit trails of organisations without a store of their own, in a folder. */

const PATH = '/platform/api/service/storage';
const PERSON = '0193a000-0000-7000-8000-00000000000a';
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'managed-secret-wJalrXUtnFEMI' };
const DAY_MS = 86_400_000;

let folder: string;
let s3: S3StandIn;
let stack: Stack;
let organisation: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-storage-'));
  s3 = await startS3StandIn({ ...KEYS, buckets: ['acme-logs'] });
  stack = await startStack({ STORAGE_INTERNAL_ALLOWED: 'true', STORAGE_DIR: folder });
});
afterAll(async () => {
  await stack.stop();
  await s3.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  organisation = randomUUID();
  s3.fault = undefined;
});

const asked = (method: string, url: string, body?: unknown, id = organisation) =>
  call(stack.urls.users, method, url, body, memberHeaders(method, url, PERSON, { id, role: 'admin' }));
const ownStore = {
  provider: 's3',
  endpoint: '',
  region: 'eu-central-1',
  bucket: 'acme-logs',
  force_path_style: true,
  access_key_id: KEYS.accessKeyId,
  secret_access_key: KEYS.secretAccessKey,
};

async function rowsOf(sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = await openClient({ connectionString: stack.databases.users.url });
  const { rows } = await client.query<Record<string, unknown>>(sql, [...values]);
  await client.end();
  return rows;
}

async function runFrom(stream: 'usage_logs' | 'audit', until: Date): Promise<void> {
  await waitFor(async () => (await rowsOf('SELECT FROM archive_run WHERE stream = $1', [stream])).length === 1);
  await stack.databases.users.query(
    'UPDATE archive_run SET until = $2, next_attempt_at = clock_timestamp() WHERE stream = $1',
    [stream, until],
  );
}

test('is where things go without a store of one’s own, and can be tried', async () => {
  expect((await asked('GET', PATH)).body).toMatchObject({
    provider: 'managed',
    status: 'ok',
    streams: ['usage_logs', 'audit', 'exports'],
  });
  expect((await asked('POST', `${PATH}/test`)).status).toBe(200);
  expect((await asked('PUT', PATH, { ...ownStore, endpoint: s3.url })).status).toBe(200);
  s3.fault = { status: 403, code: 'AccessDenied' };
  expect((await asked('POST', `${PATH}/test`, { provider: 'managed' })).status).toBe(200);
  expect((await asked('POST', `${PATH}/test`)).status).toBe(422);
});

test('holds the hours of those who have no store of their own, and of nobody else', async () => {
  const other = randomUUID();
  expect((await asked('PUT', PATH, { ...ownStore, endpoint: s3.url }, other)).status).toBe(200);
  const hour = new Date(Math.floor(Date.now() / 3_600_000 - 2) * 3_600_000);
  const id = randomUUID();
  for (const [record, owner] of [
    [id, organisation],
    [randomUUID(), other],
  ])
    await stack.databases.usage.query(
      `INSERT INTO request_record (at, id, request_id, caller, organisation_id, environment, method, status, duration_us, attempts, request_bytes, response_bytes)
       VALUES ($1, $2, 'request', 'user', $3, 'prod', 'GET', 200, 5, 1, 0, 0)`,
      [hour, record, owner],
    );
  await runFrom('usage_logs', hour);
  const at = hour.toISOString();
  const file = path.join(
    folder,
    `organisations/${organisation}/usage/dt=${at.slice(0, 10)}/h=${at.slice(11, 13)}/${id}-${id}.ndjson.gz`,
  );
  const written = await waitFor(() => readFile(file).catch(() => undefined));
  expect(JSON.parse(gunzipSync(written).toString())).toMatchObject({ id, tenant_id: organisation });
  await waitFor(
    async () =>
      (await rowsOf("SELECT until FROM archive_run WHERE stream = 'usage_logs' AND until > $1", [hour])).length === 1,
  );
  await expect(stat(path.join(folder, `organisations/${other}`))).rejects.toMatchObject({ code: 'ENOENT' });
});

describe('the audit trail', () => {
  // Also where the day ends meanwhile.
  const today = Math.floor(Date.now() / DAY_MS);
  const midnight = (daysAgo: number) => new Date((today - daysAgo) * DAY_MS);
  const dayOf = (moment: Date) => moment.toISOString().slice(0, 10);
  const verified = async () => (await asked('GET', `${PATH}/audit-verification`)).body;

  async function recorded(id: string, actions: readonly string[]): Promise<void> {
    await stack.databases.auth.query(`INSERT INTO organisation (id, name) VALUES ($1, 'Acme') ON CONFLICT DO NOTHING`, [
      id,
    ]);
    for (const action of actions)
      await stack.databases.auth.query(
        `INSERT INTO audit_event (action, user_id, actor, organisation_id, address, detail) VALUES ($1, $2, 'user', $3, '192.0.2.1', '{"key":"a"}')`,
        [action, PERSON, id],
      );
  }

  /** Lets a day be over, without the wait for what is on its way into the trail. */
  async function archived(day: Date): Promise<void> {
    await stack.databases.users.query('DELETE FROM audit_period WHERE day >= $1::date', [dayOf(day)]);
    await runFrom('audit', day);
    await waitFor(
      async () => (await rowsOf('SELECT FROM audit_period WHERE day = $1::date', [dayOf(day)])).length === 1,
    );
    await runFrom('audit', day);
    await waitFor(
      async () => (await rowsOf("SELECT FROM archive_run WHERE stream = 'audit' AND until > $1", [day])).length === 1,
    );
    // The days after it are not over for this test.
    await stack.databases.users.query("UPDATE archive_run SET next_attempt_at = 'infinity' WHERE stream = 'audit'");
    await waitFor(async () => (await rowsOf('SELECT FROM audit_archive_due')).length === 0);
  }

  test('is archived by days that go on from each other; a line that is changed, or a file that is gone, is found', async () => {
    await recorded(organisation, ['key.created', 'key.revoked', 'member.removed']);
    await archived(midnight(3));
    await recorded(organisation, ['invite.created']);
    await archived(midnight(2));
    expect(await verified()).toEqual({ files: 2, entries: 4, elsewhere: 0, broken: null, next_after: null });
    const name = (number: number, daysAgo: number) => `audit/dt=${dayOf(midnight(daysAgo))}/0000000${number}.ndjson.gz`;
    const first = path.join(folder, 'organisations', organisation, name(1, 3));
    const text = gunzipSync(await readFile(first)).toString();
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { action?: string }).action),
    ).toEqual([undefined, 'key.created', 'key.revoked', 'member.removed']);
    expect(text).not.toContain('192.0.2.1');
    await writeFile(first, gzipSync(text.replace('key.revoked', 'key.updated')));
    expect(await verified()).toMatchObject({ files: 0, broken: { file: name(1, 3), line: 3, fault: 'entry' } });
    await writeFile(first, text);
    expect(await verified()).toMatchObject({ broken: { line: null, fault: 'unreadable' } });
    await writeFile(first, gzipSync(text));
    await rm(path.join(folder, 'organisations', organisation, name(2, 2)));
    expect(await verified()).toMatchObject({ files: 1, broken: { file: name(2, 2), line: null, fault: 'missing' } });
  });

  test('goes to a store of one’s own that takes it, and waits there until that works', async () => {
    expect((await asked('PUT', PATH, { ...ownStore, endpoint: s3.url })).status).toBe(200);
    await recorded(organisation, ['key.created']);
    s3.fault = { status: 503, code: 'SlowDown' };
    const day = midnight(1);
    await stack.databases.users.query('DELETE FROM audit_period WHERE day >= $1::date', [dayOf(day)]);
    await runFrom('audit', day);
    await waitFor(
      async () => (await rowsOf('SELECT FROM audit_period WHERE day = $1::date', [dayOf(day)])).length === 1,
    );
    await runFrom('audit', day);
    const attempts = () => rowsOf('SELECT attempts FROM audit_archive_due WHERE organisation_id = $1', [organisation]);
    await waitFor(async () => Number((await attempts())[0]?.['attempts']) === 1);
    s3.fault = undefined;
    await stack.databases.users.query('UPDATE audit_archive_due SET next_attempt_at = clock_timestamp()');
    const name = `acme-logs/audit/dt=${dayOf(day)}/00000001.ndjson.gz`;
    await waitFor(() => Promise.resolve(s3.objects.has(name)));
    await waitFor(async () => (await attempts()).length === 0);
    expect(await verified()).toMatchObject({ files: 1, entries: expect.any(Number), broken: null });
    expect((await asked('PUT', PATH, { provider: 'managed' })).status).toBe(200);
    expect(await verified()).toMatchObject({ files: 0, elsewhere: 1, broken: null });
  });
});

test('members and viewers do not verify it', async () => {
  const url = `${PATH}/audit-verification`;
  const headers = memberHeaders('GET', url, PERSON, { id: organisation, role: 'member' });
  expect((await call(stack.urls.users, 'GET', url, undefined, headers)).status).toBe(403);
});
