import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { QUEUE_PREFIX, type OperatorRole } from '@turnpike/contracts';
import { waitFor } from '@turnpike/test-kit';
import { dataOf, makeKey, signInDeveloper, startAuthWithMail } from '../account-harness.ts';
import { call, createStores, introspect, openSession, type AuthInstance, type Stores } from '../harness.ts';
import { startMailbox, type Mailbox } from '../mailbox.ts';
import { memberCalls, newOrganisation, type Session } from '../organisations/members-harness.ts';
import { byPerson, newOperator } from '../organisations/operator-calls.ts';

/** Sessions, keys, operators, signing keys and queues, as operators see them and act on them. */

const ADMIN = '/platform/api/admin';
const REASON = { reason: 'asked by its owner' };

let stores: Stores;
let mailbox: Mailbox;
let auth: AuthInstance;
let people: Record<OperatorRole, Session>;
beforeAll(async () => {
  stores = await createStores();
  mailbox = await startMailbox();
  auth = await startAuthWithMail(stores, { SMTP_URL: mailbox.url });
  people = {
    viewer: await newOperator(auth, 'viewer'),
    support: await newOperator(auth, 'support'),
    admin: await newOperator(auth, 'admin'),
  };
  await waitFor(() => auth.context.redis.status === 'ready');
});
afterAll(async () => {
  await auth.close();
  await mailbox.close();
  await stores.database.drop();
});

const as = (role: OperatorRole, method: string, path: string, body?: unknown) =>
  byPerson(auth, people[role], method, `${ADMIN}${path}`, body, role);
const active = async (token: string) => (await introspect(auth, token)).body['active'];
type Item = Record<string, unknown>;
const itemsOf = async (path: string) => (await as('viewer', 'GET', path)).body['items'] as Item[];
const trailOf = async (userId: string) => {
  const { body } = await byPerson(
    auth,
    people.viewer,
    'GET',
    `/api/v1/auth/admin/audit?user_id=${userId}`,
    undefined,
    'viewer',
  );
  return body['items'] as Item[];
};

test('a session is seen, and ended by support with a reason; others of the user go on', async () => {
  const session = await openSession(auth);
  const path = `/users/${session.userId}/sessions`;
  expect(await itemsOf(path)).toEqual([expect.objectContaining({ id: session.sessionId, method: expect.any(String) })]);
  const one = `${path}/${session.sessionId}`;
  expect((await as('viewer', 'DELETE', one, REASON)).status).toBe(403);
  expect((await as('support', 'DELETE', one)).status).toBe(422);
  expect(await active(session.response.access_token)).toBe(true);
  expect((await as('support', 'DELETE', one, REASON)).body).toEqual({ id: session.sessionId, ended: true });
  expect(await active(session.response.access_token)).toBe(false);
  expect(await itemsOf(path)).toEqual([]);
  expect((await as('support', 'DELETE', one, REASON)).status).toBe(404);
  // Not by the way of another user.
  const other = await openSession(auth);
  expect((await as('support', 'DELETE', `/users/${session.userId}/sessions/${other.sessionId}`, REASON)).status).toBe(
    404,
  );
  expect((await trailOf(session.userId))[0]).toMatchObject({
    action: 'session.end',
    operator: { id: people.support.userId },
    detail: { ...REASON, session: session.sessionId },
  });
});

test('keys are found by owner, id and prefix, never with their text, and revoked by support', async () => {
  const developer = await signInDeveloper(auth);
  const { id, text } = await makeKey(developer);
  const [listed] = dataOf(await developer.send('GET', '/auth/api-keys/'))['items'] as { prefix: string }[];
  const prefix = String(listed?.prefix);
  for (const query of [`user_id=${developer.userId}`, `id=${id}`, `prefix=${prefix}`])
    expect([query, await itemsOf(`/keys?${query}`)]).toEqual([
      query,
      [expect.objectContaining({ id, prefix, user_id: developer.userId, state: 'active', organisation_id: null })],
    ]);
  expect(await itemsOf('/keys?prefix=sk_live_000000')).toEqual([]);
  expect(JSON.stringify(await as('viewer', 'GET', '/keys'))).not.toContain(text);
  expect((await as('viewer', 'POST', `/keys/${id}/revoke`, REASON)).status).toBe(403);
  expect((await as('support', 'POST', `/keys/${id}/revoke`)).status).toBe(422);
  for (let times = 0; times < 2; times += 1)
    expect((await as('support', 'POST', `/keys/${id}/revoke`, REASON)).body).toMatchObject({ id, state: 'revoked' });
  expect(await active(text)).toBe(false);
  const entries = (await trailOf(developer.userId)).filter(({ action }) => action === 'key.revoke');
  expect(entries).toEqual([expect.objectContaining({ detail: { ...REASON, key_id: id, prefix } })]);
  expect((await as('support', 'POST', '/keys/0190b6a4-0000-7000-8000-000000000001/revoke', REASON)).status).toBe(404);
});

test('keys and the audit trail say by name who has what, and what is gone by its id', async () => {
  const owner = await openSession(auth);
  const email = `named-${owner.userId}@example.com`;
  await auth.context.database.prisma.identity.create({
    data: { id: randomUUID(), userId: owner.userId, provider: 'email', subject: email, email },
  });
  const organisationId = await newOrganisation(auth, owner);
  const within = memberCalls(stores, auth, organisationId);
  const made = await within(owner, 'owner', 'POST', '/trueportai-services/api/v1/keys', { name: 'Models' });
  const id = String(made.body['id']);
  const owners = {
    user_id: owner.userId,
    user_email: email,
    organisation_id: organisationId,
    organisation_name: 'Acme',
  };
  expect(await itemsOf(`/keys?id=${id}`)).toEqual([expect.objectContaining(owners)]);
  expect((await as('support', 'POST', `/keys/${id}/revoke`, REASON)).body).toMatchObject(owners);
  const [entry] = (await trailOf(owner.userId)).filter(({ action }) => action === 'key.revoke');
  const prefix = expect.any(String);
  const whom = { user_email: email, organisation: { id: organisationId, name: 'Acme' } };
  expect(entry).toMatchObject({ ...whom, key: { id, name: 'Models', prefix } });
  await auth.context.database.query('DELETE FROM api_key WHERE id = $1::uuid', id);
  const [later] = (await trailOf(owner.userId)).filter(({ action }) => action === 'key.revoke');
  expect(later).toMatchObject({ ...whom, key: { id, name: null, prefix } });
  const opened = (await trailOf(owner.userId)).find(({ action }) => action === 'session.open');
  expect(opened).toMatchObject({ user_email: email, organisation: null, key: null });
});

describe('operators', () => {
  test('are listed, and lose the role by an admin who signed in a short while ago', async () => {
    const leaving = await newOperator(auth, 'support');
    const listed = (await itemsOf('/operators')).find((one) => one['user_id'] === leaving.userId);
    expect(listed).toMatchObject({ role: 'support', granted_by: 'test' });
    expect((await as('support', 'DELETE', `/operators/${leaving.userId}`, REASON)).status).toBe(403);
    const { prisma } = auth.context.database;
    const age = (minutes: number) => prisma.$executeRaw`
      UPDATE session SET created_at = now() - ${minutes}::int * interval '1 minute' WHERE id = ${people.admin.sessionId}::uuid`;
    await age(16);
    const late = await as('admin', 'DELETE', `/operators/${leaving.userId}`, REASON);
    expect([late.status, late.body['code']]).toEqual([403, 'auth.reauthentication_required']);
    await age(0);
    expect((await as('admin', 'DELETE', `/operators/${leaving.userId}`, REASON)).body).toEqual({
      user_id: leaving.userId,
      role: null,
    });
    expect((await introspect(auth, leaving.response.access_token)).body['platform_admin']).toBeUndefined();
    for (const nobody of [leaving.userId, randomUUID()])
      expect((await as('admin', 'DELETE', `/operators/${nobody}`, REASON)).status).toBe(404);
    expect((await trailOf(leaving.userId))[0]).toMatchObject({
      action: 'operator.revoke',
      operator: { id: people.admin.userId },
    });
  });
});

test('signing keys are shown by their age, service keys by name, and no value of either', async () => {
  const { body } = await as('viewer', 'GET', '/secrets');
  expect(body).toEqual({
    signing_keys: [expect.objectContaining({ state: 'signing', algorithm: 'ES256', created_at: expect.any(String) })],
    rotation_days: expect.any(Number),
    service_keys: [expect.objectContaining({ name: 'internal', values: 1 })],
  });
  expect(JSON.stringify(body)).not.toMatch(/"(?:d|x|y|private[^"]*)":|test-service-key/);
});

describe('queues', () => {
  test('tell depth and age; a failed job is shown without what is somebody’s, tried again and discarded', async () => {
    const connection = new Redis(stores.redis.url, { maxRetriesPerRequest: null });
    const options = { connection, prefix: QUEUE_PREFIX };
    const queue = new Queue('events-users', options);
    await queue.add(
      'user.updated',
      {
        id: 'e1',
        type: 'user.updated',
        payload: { user_id: people.viewer.userId, tier: 'pro', email: 'ann@example.com' },
      },
      { jobId: 'job-1', attempts: 1 },
    );
    const failing = new Worker('events-users', () => Promise.reject(new Error('credits answered 500')), options);
    const state = async () => (await itemsOf('/queues')).find(({ name }) => name === 'events-users');
    await waitFor(async () => (await state())?.['failed'] === 1);
    await failing.close();
    expect(await itemsOf('/queues/events-users/failed')).toEqual([
      expect.objectContaining({
        id: 'job-1',
        name: 'user.updated',
        reason: 'credits answered 500',
        attempts: 1,
        payload: { id: '…', type: 'user.updated', payload: { user_id: people.viewer.userId, tier: 'pro', email: '…' } },
      }),
    ]);
    const job = '/queues/events-users/failed/job-1';
    expect((await as('viewer', 'POST', `${job}/retry`, REASON)).status).toBe(403);
    expect((await as('support', 'POST', `${job}/retry`)).status).toBe(422);
    expect((await as('support', 'POST', `${job}/retry`, REASON)).body).toEqual({ id: 'job-1', state: 'waiting' });
    expect(await state()).toMatchObject({
      waiting: 1,
      failed: 0,
      service: 'users',
      oldest_waiting_at: expect.any(String),
    });
    const figures = await (await fetch(`${auth.url}/metrics`)).text();
    expect(figures).toMatch(/^turnpike_queue_jobs\{queue="events-users",state="waiting"[^}]*\} 1$/m);
    expect(figures).toMatch(/^turnpike_queue_oldest_job_seconds\{queue="events-users"[^}]*\} [\d.e-]+$/m);
    expect(figures).toMatch(/^turnpike_redis_connected\{[^}]*\} 1$/m);
    expect(figures).toMatch(/^turnpike_redis_ping_seconds\{[^}]*\} 0\.\d+$/m);
    expect(figures).toMatch(/^turnpike_database_connections\{state="idle"[^}]*\} [1-9]/m);
    expect(figures).toMatch(/^turnpike_database_waiting\{[^}]*\} 0$/m);
    expect((await as('support', 'POST', `${job}/retry`, REASON)).status).toBe(404);
    const again = new Worker('events-users', () => Promise.reject(new Error('still')), options);
    await waitFor(async () => (await state())?.['failed'] === 1);
    await again.close();
    expect((await as('support', 'DELETE', job, REASON)).body).toEqual({ id: 'job-1', state: 'discarded' });
    expect(await state()).toMatchObject({ waiting: 0, failed: 0, oldest_waiting_at: null });
    await queue.close();
    connection.disconnect();
    expect((await as('viewer', 'GET', '/queues/nobodys/failed')).status).toBe(422);
  });

  test('a settlement that is tried again counts as the oldest that waits; one that waits for its time does not', async () => {
    const connection = new Redis(stores.redis.url, { maxRetriesPerRequest: null });
    const options = { connection, prefix: QUEUE_PREFIX };
    const queue = new Queue('llm-settlements', options);
    const state = async () => (await itemsOf('/queues')).find(({ name }) => name === 'llm-settlements');
    await queue.add('settle', {}, { jobId: 'hold-2', delay: 3_600_000 });
    expect(await state()).toMatchObject({ service: 'llm', delayed: 1, oldest_waiting_at: null });
    await queue.add('settle', {}, { jobId: 'hold-1', attempts: 9, backoff: 3_600_000 });
    const failing = new Worker('llm-settlements', () => Promise.reject(new Error('credits is unavailable')), options);
    await waitFor(async () => (await state())?.['delayed'] === 2);
    expect(await state()).toMatchObject({ waiting: 0, oldest_waiting_at: expect.any(String) });
    await failing.close();
    await queue.obliterate({ force: true });
    await queue.close();
    connection.disconnect();
  });

  test('a mail that failed for good has nothing left to send, and can be discarded', async () => {
    mailbox.replyWith(550);
    await call(auth, 'POST', '/auth/verification/send-code', { body: { email: 'refused@example.com' } });
    const [mail] = await waitFor(async () => {
      const mails = await itemsOf('/queues/mail/failed');
      return mails.length > 0 ? mails : undefined;
    });
    mailbox.replyWith(undefined);
    expect(mail).toMatchObject({ name: 'sign_in_code', reason: 'smtp_550', payload: { recipient: 'r…@example.com' } });
    const job = `/queues/mail/failed/${String(mail?.['id'])}`;
    const refused = await as('support', 'POST', `${job}/retry`, REASON);
    expect([refused.status, refused.body['code']]).toEqual([409, 'resource.conflict']);
    expect((await as('support', 'DELETE', job, REASON)).status).toBe(200);
    expect(await itemsOf('/queues/mail/failed')).toEqual([]);
  });
});
