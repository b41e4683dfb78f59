import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import type pg from 'pg';
import { eventQueueName, QUEUE_PREFIX, type EventPayload, type EventType } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit/ids';
import {
  createTestDatabase,
  openClient,
  startApp,
  waitFor,
  type RunningApp,
  type TestDatabase,
} from '@turnpike/test-kit';
import { expectInvariantsHold, openTestDatabase } from './open-ledger.ts';
import { NOWHERE, SERVICE_KEY, startCredits, type Answer, type Credits } from './start-credits.ts';

/** An organisation's account opens and closes with the organisation, whichever order the news of it comes in. The real auth runs beside. */

let credits: Credits;
let auth: RunningApp;
let authDatabase: TestDatabase;
let organisations: pg.Client;
let queue: Queue;
let ledger: ReturnType<typeof openTestDatabase>;
beforeAll(async () => {
  authDatabase = await createTestDatabase('auth');
  // Auth tells of organisations by events of its own Redis; here nobody listens to them.
  auth = await startApp('auth', {
    ...authDatabase.env,
    REDIS_URL: 'redis://127.0.0.1:9',
    AUTH_PORT: '0',
    USERS_URL: NOWHERE,
    CREDITS_URL: NOWHERE,
    SERVICE_API_KEY: SERVICE_KEY,
    AUTH_ENCRYPTION_KEY: randomBytes(32).toString('base64url'),
  });
  organisations = await openClient({ connectionString: authDatabase.url });
  credits = await startCredits({ AUTH_URL: auth.url });
  queue = new Queue(eventQueueName('credits'), { connection: { url: credits.redis.url }, prefix: QUEUE_PREFIX });
  ledger = openTestDatabase(credits.database);
});
afterEach(() => expectInvariantsHold(ledger));
afterAll(async () => {
  await ledger.close();
  await queue.close();
  await organisations.end();
  await credits.stop();
  await auth.stop();
  await authDatabase.drop();
});

const ownerOf = (id: string) => ({ type: 'organisation', id });

/** An organisation as auth has it. */
async function organisation(status = 'active'): Promise<string> {
  const id = uuidv7();
  await organisations.query(
    "INSERT INTO organisation (id, name, status, archived_at, suspended_at) VALUES ($1, 'Acme', $2, CASE WHEN $2 = 'archived' THEN now() END, CASE WHEN $2 = 'suspended' THEN now() END)",
    [id, status],
  );
  return id;
}

/** Delivers an event, and waits until it was handled. */
async function deliver<T extends EventType>(type: T, payload: EventPayload<T>): Promise<void> {
  const id = uuidv7();
  await queue.add(type, { id, type, payload, created_at: new Date().toISOString() }, { jobId: id });
  await waitFor(async () => (await queue.getJobState(id)) === 'completed');
}

/** The account's status; `undefined` where there is none. */
async function statusOf(id: string): Promise<string | undefined> {
  const rows = await ledger.query<{ status: string }>(
    "SELECT status FROM account WHERE owner_type = 'organisation' AND owner_id = $1::uuid",
    id,
  );
  return rows[0]?.status;
}

const grant = (id: string): Promise<Answer> =>
  credits.send(
    'POST',
    '/api/v1/credits/admin/grant',
    { owner: ownerOf(id), amount: 7 },
    {
      'x-admin-key': String(credits.env['ADMIN_API_KEY']),
    },
  );
const hold = (id: string, amount: number): Promise<Answer> =>
  credits.send('POST', '/internal/credits/reservations', {
    owner: ownerOf(id),
    amount,
    idempotency_key: uuidv7(),
  });

describe('a new organisation', () => {
  test('has an open account without credits, however often it is told of', async () => {
    const id = await organisation();
    await Promise.all([1, 2, 3].map(() => deliver('organisation.created', { organisation_id: id })));
    expect(await statusOf(id)).toBe('open');
    const rows = await ledger.query(
      'SELECT FROM "grant" g JOIN account a ON a.id = g.account_id WHERE a.owner_id = $1::uuid',
      id,
    );
    expect(rows).toEqual([]);
    expect((await hold(id, 1)).body).toMatchObject({ code: 'auth.insufficient_credits', balance: 0 });
    expect((await grant(id)).body).toEqual({ balance: 7, granted: 7 });
  });

  test('that credits was not told of yet is granted to, since auth knows it', async () => {
    const id = await organisation();
    expect((await grant(id)).body).toEqual({ balance: 7, granted: 7 });
    await deliver('organisation.created', { organisation_id: id });
    expect((await hold(id, 7)).status).toBe(201);
  });

  test('opened by a service without credits can be granted to', async () => {
    const id = uuidv7();
    const opened = { owner: ownerOf(id), signup_credits: 0 };
    expect((await credits.send('POST', '/internal/credits/accounts', opened)).status).toBe(200);
    expect((await grant(id)).status).toBe(200);
  });
});

test('one that auth does not know is 404, and no account is opened', async () => {
  const id = uuidv7();
  expect((await grant(id)).status).toBe(404);
  expect(await statusOf(id)).toBeUndefined();
});

test.each(['suspended', 'archived'])('one that is %s and has no account is 423', async (status) => {
  const id = await organisation(status);
  expect((await grant(id)).body).toMatchObject({ status: 423, code: 'credits.account_closed' });
  expect(await statusOf(id)).toBeUndefined();
});

test('while auth is down, an operator that names one without an account is 503, and one with an account is granted to', async () => {
  const alone = await startApp('credits', { ...credits.env, AUTH_URL: NOWHERE });
  try {
    const asked = (id: string) =>
      fetch(`${alone.url}/api/v1/credits/admin/grant`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-service-key': SERVICE_KEY,
          'x-admin-key': String(credits.env['ADMIN_API_KEY']),
        },
        body: JSON.stringify({ owner: ownerOf(id), amount: 7 }),
      });
    const id = await organisation();
    expect((await asked(id)).status).toBe(503);
    await deliver('organisation.created', { organisation_id: id });
    expect((await asked(id)).status).toBe(200);
  } finally {
    await alone.stop();
  }
});

describe('a suspended organisation', () => {
  test('gets no holds and grants, and both again once it is restored; what is held settles meanwhile', async () => {
    const id = await organisation();
    await grant(id);
    const held = await hold(id, 5);
    await deliver('organisation.suspended', { organisation_id: id, revision: 1 });
    expect([(await hold(id, 1)).status, (await grant(id)).status]).toEqual([423, 423]);
    expect((await credits.settle(held.body['reservation_id'])).body).toMatchObject({ charged: 5 });
    await deliver('organisation.restored', { organisation_id: id, revision: 2 });
    expect([(await hold(id, 1)).status, (await grant(id)).status]).toEqual([201, 200]);
    // The news of its suspension once more, and late.
    await deliver('organisation.suspended', { organisation_id: id, revision: 1 });
    expect(await statusOf(id)).toBe('open');
  });

  test('keeps its plans, which pause: of the periods that passed, the present one alone is granted', async () => {
    const id = await organisation();
    await credits.send('PUT', '/internal/credits/allowances/pro', { owner: ownerOf(id) });
    const allowance = async () => {
      const [row] = await ledger.query<{ next: number; due: string; ended: boolean; grants: number }>(
        `SELECT l.next_period AS next, CASE WHEN l.next_due_at = 'infinity' THEN 'paused' WHEN l.next_due_at > now() THEN 'later' ELSE 'now' END AS due,
                l.ended_at IS NOT NULL AS ended, (SELECT count(*)::int FROM "grant" g WHERE g.account_id = a.id) AS grants
           FROM account a JOIN allowance l ON l.account_id = a.id WHERE a.owner_type = 'organisation' AND a.owner_id = $1::uuid`,
        id,
      );
      return row;
    };
    expect(await allowance()).toEqual({ next: 1, due: 'later', ended: false, grants: 1 });
    await deliver('organisation.suspended', { organisation_id: id, revision: 1 });
    expect(await allowance()).toEqual({ next: 1, due: 'paused', ended: false, grants: 1 });
    // Three months and a day pass.
    await ledger.query(
      `UPDATE allowance l SET anchor_at = l.anchor_at - interval '3 months 1 day' FROM account a WHERE a.id = l.account_id AND a.owner_id = $1::uuid`,
      id,
    );
    await deliver('organisation.restored', { organisation_id: id, revision: 2 });
    await waitFor(async () => (await allowance())?.next === 4);
    expect(await allowance()).toEqual({ next: 4, due: 'later', ended: false, grants: 2 });
  });

  test('that is archived then leaves its plans, and can come back to them once it is restored', async () => {
    const id = await organisation();
    const join = () => credits.send('PUT', '/internal/credits/allowances/pro', { owner: ownerOf(id) });
    await join();
    await deliver('organisation.suspended', { organisation_id: id, revision: 1 });
    await deliver('organisation.archived', { organisation_id: id, revision: 2 });
    expect((await join()).status).toBe(423);
    await deliver('organisation.restored', { organisation_id: id, revision: 3 });
    const joined = await join();
    expect([joined.status, new Date(String(joined.body['next_grant_at'])).getTime() > Date.now()]).toEqual([200, true]);
  });
});

describe('an archived organisation', () => {
  test('gets no holds, grants and allowances; what is held settles', async () => {
    const id = await organisation();
    await credits.send('PUT', '/internal/credits/allowances/pro', { owner: ownerOf(id) });
    const held = await hold(id, 5);
    await deliver('organisation.archived', { organisation_id: id, revision: 1 });
    expect([(await hold(id, 1)).status, (await grant(id)).status]).toEqual([423, 423]);
    const left = await credits.send(
      'DELETE',
      `/internal/credits/allowances/pro?owner_type=organisation&owner_id=${id}`,
    );
    expect(left.body).toEqual({ ended: false });
    expect((await credits.settle(held.body['reservation_id'])).body).toMatchObject({ charged: 5 });
  });

  test('is closed though the news of its making comes last, and twice', async () => {
    const id = await organisation();
    await deliver('organisation.archived', { organisation_id: id, revision: 1 });
    await deliver('organisation.created', { organisation_id: id });
    await deliver('organisation.archived', { organisation_id: id, revision: 1 });
    expect(await statusOf(id)).toBe('closed');
  });

  test('is not closed by news that a later change has overtaken', async () => {
    const id = await organisation();
    const follow = (open: boolean, revision: number) =>
      ledger.query<{ outcome: string }>(
        "SELECT ledger_follow_owner('organisation', $1::uuid, $2, $3::bigint, false) AS outcome",
        id,
        open,
        revision,
      );
    expect(await follow(true, 2)).toEqual([{ outcome: 'open' }]);
    await deliver('organisation.archived', { organisation_id: id, revision: 1 });
    expect(await statusOf(id)).toBe('open');
    expect(await follow(false, 3)).toEqual([{ outcome: 'closed' }]);
    expect(await follow(true, 4)).toEqual([{ outcome: 'open' }]);
  });
});
