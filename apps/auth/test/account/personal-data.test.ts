import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit';
import { adoptIdentity } from '../../src/identities/stores/identities.ts';
import { IMPERSONAL_TABLES, PERSONAL_TABLES } from '../../src/personal-data.ts';
import { dumpDatabase } from '../dump.ts';
import {
  asService,
  asUser,
  call,
  createStores,
  introspect,
  refresh,
  startAuth,
  type AuthInstance,
  type Stores,
} from '../harness.ts';

let stores: Stores;
let auth: AuthInstance;

beforeAll(async () => {
  stores = await createStores();
  auth = await startAuth(stores);
});

afterAll(async () => {
  await auth.close();
  await stores.database.drop();
});

/** Somebody with a value of their own in every column that can hold one. */
async function canary() {
  const word = `canary${uuidv7().slice(-12)}`;
  const user = { id: uuidv7(), tier: 'pro' };
  const profile = {
    provider: 'google',
    subject: `subject-${word}`,
    email: `${word}@example.com`,
    emailVerified: true,
    displayName: `Name ${word}`,
  };
  await adoptIdentity(auth.context.database, uuidv7(), user, profile);
  const client = {
    device: `Device ${word}`,
    userAgent: `Agent ${word}`,
    address: '192.0.2.77',
    requestId: `request-${word}`,
  };
  const open = () => auth.context.sessions.open({ userId: user.id, method: 'google', client });
  const [first, second] = [await open(), await open()];
  return { word, userId: user.id, first, second };
}

const deleteMe = (userId: string, sessionId: string) =>
  call(auth, 'DELETE', '/api/v1/auth/me', { headers: asUser('DELETE', '/api/v1/auth/me', userId, sessionId) });

const erase = (userId: string) =>
  call(auth, 'POST', '/internal/auth/erasures', {
    headers: asService,
    body: { user_id: userId, receipt_id: uuidv7() },
  });

const events = (userId: string) =>
  auth.context.database.query("SELECT type FROM outbox WHERE payload->>'user_id' = $1", userId);

describe('the declaration', () => {
  test('names every table of the database once', async () => {
    const rows = await auth.context.database.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm') ORDER BY relname",
    );
    const declared = [...PERSONAL_TABLES.map(({ table }) => table), ...Object.keys(IMPERSONAL_TABLES)];
    expect(declared.toSorted()).toEqual(rows.map(({ name }) => name));
  });

  test('exports no column that holds a secret', () => {
    for (const { exportSql } of PERSONAL_TABLES) expect(exportSql ?? '').not.toMatch(/digest|sealed|hash|secret|\*/);
  });
});

describe('deleting the account', () => {
  test('ends all access at once, erases, and tells users by one event', async () => {
    const { word, userId, first, second } = await canary();
    expect(await dumpDatabase(auth.context.database.query)).toContain(word);
    const answer = await deleteMe(userId, first.sessionId);
    expect([answer.status, answer.body]).toEqual([200, { detail: 'Account deleted' }]);
    for (const { response } of [first, second]) {
      expect((await introspect(auth, response.access_token)).body).toEqual({ active: false });
      expect((await refresh(auth, response.refresh_token)).status).toBe(401);
    }
    expect(await dumpDatabase(auth.context.database.query)).not.toContain(word);
    expect(await events(userId)).toEqual([{ type: 'account.deletion_requested' }]);
  });

  test('50 times at once starts one erasure', async () => {
    const { userId, first } = await canary();
    const answers = await Promise.all(Array.from({ length: 50 }, () => deleteMe(userId, first.sessionId)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await events(userId)).toHaveLength(1);
  });

  test('cannot be undone by what arrives late', async () => {
    const { userId, first, word } = await canary();
    await deleteMe(userId, first.sessionId);
    const late = {
      provider: 'google',
      subject: `late-${word}`,
      email: `late-${word}@example.com`,
      emailVerified: true,
    };
    const db = auth.context.database;
    expect(await adoptIdentity(db, uuidv7(), { id: userId, tier: 'pro' }, late)).toEqual({
      status: 'deleted',
      userId,
    });
    await expect(auth.context.sessions.open({ userId, method: 'google', client: {} })).rejects.toThrow(
      'account_deleted',
    );
    expect(await dumpDatabase(db.query)).not.toContain(word);
  });
});

describe('erasure for the users service', () => {
  test('erases, counts, may be repeated, and starts no other erasure', async () => {
    const { word, userId, first } = await canary();
    const answer = await erase(userId);
    expect(answer.status).toBe(200);
    expect(answer.body['erased']).toMatchObject({ identity: 1, session: 2, audit_event: 3, account: 1 });
    expect((await erase(userId)).status).toBe(200);
    expect((await erase(uuidv7())).status).toBe(200);
    expect(await dumpDatabase(auth.context.database.query)).not.toContain(word);
    expect((await introspect(auth, first.response.access_token)).body).toEqual({ active: false });
    expect(await events(userId)).toEqual([]);
  });

  test('touches nobody else', async () => {
    const [gone, stays] = [await canary(), await canary()];
    await erase(gone.userId);
    expect(await dumpDatabase(auth.context.database.query)).toContain(stays.word);
    expect((await introspect(auth, stays.first.response.access_token)).body['active']).toBe(true);
  });

  test.each([[{}], [{ user_id: 'x', receipt_id: 'y' }]])('%j is 422', async (body) => {
    expect((await call(auth, 'POST', '/internal/auth/erasures', { headers: asService, body })).status).toBe(422);
  });
});

describe('export', () => {
  test('holds the person’s rows of every declared table, no secrets, nobody else’s', async () => {
    const [own, other] = [await canary(), await canary()];
    const answer = await call(auth, 'GET', `/internal/auth/export?user_id=${own.userId}`, { headers: asService });
    expect(answer.status).toBe(200);
    const sections = PERSONAL_TABLES.flatMap(({ section }) => (section === undefined ? [] : [section]));
    expect(Object.keys(answer.body)).toEqual(sections);
    expect(answer.body['sessions']).toHaveLength(2);
    expect(answer.body['security_log']).toHaveLength(2);
    expect(answer.body['sign_in']).toHaveLength(1);
    expect(answer.body['identities']).toEqual([
      {
        provider: 'google',
        subject: `subject-${own.word}`,
        email: `${own.word}@example.com`,
        email_verified: true,
        display_name: `Name ${own.word}`,
        linked_at: expect.any(String),
        last_used_at: expect.any(String),
      },
    ]);
    const text = JSON.stringify(answer.body);
    expect(text).not.toContain(other.word);
    expect(text).not.toContain(own.first.response.refresh_token);
  });

  test('of somebody unknown is empty', async () => {
    const answer = await call(auth, 'GET', `/internal/auth/export?user_id=${uuidv7()}`, { headers: asService });
    expect([answer.status, answer.body['identities'], answer.body['sessions']]).toEqual([200, [], []]);
  });
});
