import { createHash, randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { openClient, waitFor, type S3StandIn } from '@turnpike/test-kit';
import { Vault } from '../src/configuration/domain/secrets.ts';
import { memberHeaders } from './member.ts';
import type { Stack } from './stack.ts';
import { call } from './start-users.ts';

const PATH = '/platform/api/service/exports';
const PERSON = '0193a000-0000-7000-8000-00000000000a';

interface Exported {
  readonly id: string;
  readonly state: string;
  readonly failure: string | null;
  readonly records: number;
  readonly expires_at: string;
  readonly finished_at: string;
  readonly pages?: readonly { readonly records: number; readonly sha256: string }[];
  readonly download: { readonly url: string; readonly expires_at: string } | null;
}

/** Exports of an organisation that are too large for an answer, in its own store. */
export function storageExportsTests({
  running,
  encryptionKey,
}: {
  readonly running: () => { readonly stack: Stack; readonly s3: S3StandIn; readonly store: object };
  readonly encryptionKey: string;
}): void {
  let organisation: string;
  beforeEach(() => {
    organisation = randomUUID();
  });

  const send = (method: string, path: string, body?: unknown, role: 'admin' | 'member' = 'admin', id = organisation) =>
    call(running().stack.urls.users, method, path, body, memberHeaders(method, path, PERSON, { id, role }));
  const chooseStore = async () =>
    expect((await send('PUT', '/platform/api/service/storage?force=true', running().store)).status).toBe(200);
  const read = async (id: string) => (await send('GET', `${PATH}/${id}`)).body as Exported;
  const fetched = ({ download }: Exported) => fetch(`${running().stack.urls.users}${download?.url}`);
  const requested = async (body?: object) => {
    const answer = await send('POST', PATH, body);
    expect(answer).toMatchObject({ status: 202, body: { state: 'running', download: null } });
    return (answer.body as Exported).id;
  };
  const filesOf = (id: string) => [...running().s3.objects.keys()].filter((name) => name.includes(`/exports/${id}/`));

  async function query(sql: string, ...values: readonly unknown[]): Promise<Record<string, unknown>[]> {
    const client = await openClient({ connectionString: running().stack.databases.users.url });
    const { rows } = await client.query<Record<string, unknown>>(sql, [...values]);
    await client.end();
    return rows;
  }
  const due = (id: string, failingFor: string | null = null) =>
    query(
      `UPDATE organisation_export SET next_attempt_at = clock_timestamp(), failing_since = coalesce(clock_timestamp() - $2::interval, failing_since)
        WHERE id = $1`,
      id,
      failingFor,
    );

  /** 1,500 requests, in two files, and two entries of the credit account. */
  async function recorded(): Promise<void> {
    const { stack } = running();
    const sinceMs = Math.floor(Date.now() / 3_600_000 - 1) * 3_600_000;
    await stack.databases.usage.query(
      `INSERT INTO request_record (at, id, request_id, caller, organisation_id, environment, method, status, duration_us, attempts, request_bytes, response_bytes)
       SELECT to_timestamp(($1::bigint + n) / 1000.0), (lpad(to_hex($1::bigint + n), 12, '0') || '70008000' || substr(md5(random()::text), 1, 12))::uuid,
              'request-' || n, 'user', $2, 'prod', 'GET', 200, 5, 1, 0, 0 FROM generate_series(1, 1500) AS n`,
      [sinceMs, organisation],
    );
    const owner = { type: 'organisation', id: organisation };
    await stack.databases.auth.query("INSERT INTO organisation (id, name) VALUES ($1, 'Acme')", [organisation]);
    await stack.asService('credits', 'POST', '/internal/credits/accounts', { owner, signup_credits: 0 });
    for (const amount of [5, 7]) {
      const grant = { owner, amount, source: 'test', source_ref: randomUUID(), transaction_type: 'adjustment' };
      expect((await stack.asService('credits', 'POST', '/internal/credits/grants', grant)).status).toBe(200);
    }
  }

  describe('exports', () => {
    test('hold every record once, though whoever writes one is killed half-way, and are downloaded by a link', async () => {
      const { stack, s3 } = running();
      await recorded();
      const entries = `/internal/credits/organisations/${organisation}/entries`;
      expect((await stack.asService('credits', 'GET', `${entries}?as_of=1`)).body).toMatchObject({
        items: [{ seq: 1, amount: 5 }],
        next_as_of: null,
      });
      await chooseStore();
      s3.fault = { unansweredAt: '00000002.ndjson.gz' };
      const id = await requested();
      // The second file is in the store, and nobody has noted it.
      await waitFor(() => Promise.resolve(filesOf(id).length === 2));
      await stack.apps.users.kill();
      s3.fault = undefined;
      await stack.start('users');
      expect(await read(id)).toMatchObject({ state: 'running', records: 1_000 });
      await due(id);
      const ready = await waitFor(async () => {
        const now = await read(id);
        return now.state === 'ready' ? now : undefined;
      });
      expect(ready.records).toBe(1_502);
      expect(ready.pages?.map(({ records }) => records)).toEqual([1_000, 500, 2]);
      const digests = filesOf(id).map((name) =>
        createHash('sha256')
          .update(s3.objects.get(name) ?? '')
          .digest('hex'),
      );
      expect(ready.pages?.map(({ sha256 }) => sha256)).toEqual(digests);
      const puts = (file: string) =>
        s3.requests.filter((line) => line.startsWith('PUT') && line.endsWith(`${id}/${file}`));
      expect(puts('00000001.ndjson.gz')).toHaveLength(1);
      expect(puts('00000002.ndjson.gz').length).toBeGreaterThan(1);
      const life = Date.parse(ready.expires_at) - Date.parse(ready.finished_at);
      expect(Math.round(life / 3_600_000)).toBe(7 * 24);

      const downloaded = await fetched(ready);
      expect([downloaded.status, downloaded.headers.get('content-type')]).toEqual([200, 'application/gzip']);
      const lines = gunzipSync(Buffer.from(await downloaded.arrayBuffer()))
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { record: string; request_id?: string; amount?: number });
      expect(new Set(lines.map(({ request_id: request }) => request)).size).toBe(1_501);
      expect(lines.filter(({ record }) => record === 'transaction').map(({ amount }) => amount)).toEqual([7, 5]);
      s3.fault = 'corrupt';
      expect(await (await fetched(ready)).json()).toMatchObject({ code: 'storage.unreachable', reason: 'checksum' });
      s3.fault = undefined;

      expect((await send('DELETE', `${PATH}/${id}`)).status).toBe(204);
      expect((await fetched(ready)).status).toBe(410);
      await waitFor(() => Promise.resolve(filesOf(id).length === 0));
      expect((await send('GET', `${PATH}/${id}`)).status).toBe(404);
    });

    test('are nobody else’s; a link is good for an hour, and cannot be made', async () => {
      await chooseStore();
      const never = { from: '2026-11-02T00:00:00Z', to: '2026-11-01T00:00:00Z' };
      expect((await send('POST', PATH, never)).status).toBe(422);
      const id = await requested({ include: ['transactions'] });
      const ready = await waitFor(async () => {
        const now = await read(id);
        return now.state === 'ready' ? now : undefined;
      });
      expect(gunzipSync(Buffer.from(await (await fetched(ready)).arrayBuffer()))).toHaveLength(0);
      for (const method of ['GET', 'DELETE']) {
        expect((await send(method, `${PATH}/${id}`, undefined, 'admin', randomUUID())).status).toBe(404);
        expect((await send(method, `${PATH}/${id}`, undefined, 'member')).status).toBe(403);
      }
      const linked = (expiresMs: number, key = encryptionKey) => {
        const token = new Vault([key]).seal('export-link', Buffer.from(`${id}|${PERSON}|${expiresMs}`), 'export-link');
        const url = `/platform/api/exports/download?token=${token.toString('base64url')}`;
        return call(running().stack.urls.users, 'GET', url, undefined, {});
      };
      expect((await linked(Date.now() - 1)).status).toBe(410);
      expect((await linked(Date.now() + 3_600_000, 'another-encryption-key-0123456789abcdef')).status).toBe(404);

      expect((await send('GET', PATH)).body).toMatchObject({ items: [{ id, state: 'ready' }] });
      // As if its week were over.
      await due(id);
      await waitFor(async () => ((await send('GET', PATH)).body as { items: unknown[] }).items.length === 0);
    });

    test('that cannot be written are tried again for a day, then owners are mailed; there are five at most', async () => {
      const { s3 } = running();
      expect((await send('POST', PATH)).body).toMatchObject({ status: 409, code: 'resource.conflict' });
      await chooseStore();
      await recorded();
      s3.fault = { status: 403, code: 'AccessDenied' };
      const answers = await Promise.all(Array.from({ length: 7 }, () => send('POST', PATH)));
      const accepted = answers.filter(({ status }) => status === 202).map(({ body }) => body as Exported);
      expect(accepted).toHaveLength(5);
      for (const { body } of answers.filter(({ status }) => status !== 202))
        expect(body).toMatchObject({ status: 409, code: 'tenant.limit_reached', resource: 'exports', limit: 5 });
      const id = accepted[0]?.id ?? '';
      await waitFor(async () => (await read(id)).failure === 'denied');
      expect(await read(id)).toMatchObject({ state: 'running', records: 0 });
      await due(id, '25 hours');
      await waitFor(async () => (await read(id)).state === 'failed');
      const told = await query(
        "SELECT payload->'notice' AS notice FROM outbox WHERE type = 'organisation.notice' AND payload->>'organisation_id' = $1",
        organisation,
      );
      expect(told).toEqual([
        { notice: { kind: 'export_failed', reason: 'denied', requested_at: expect.stringMatching(/Z$/) } },
      ]);
    });
  });
}
