import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stopAccount } from '../../src/account/stores/accounts.ts';
import { asService, call, type Answer } from '../harness.ts';
import { newAddress, OTHER, PASSWORD, startPasswordStage, type PasswordStage } from './people.ts';

/** Known, unknown, without a password, disabled: the same answer, and, which tests can tell without a stop-watch, the same work. */
export function answersTellWhoExistsTests(): void {
  let stage: PasswordStage;
  let addresses: Record<'known' | 'unknown' | 'passwordless' | 'disabled', string>;

  beforeAll(async () => {
    stage = await startPasswordStage();
    addresses = {
      known: newAddress(),
      unknown: newAddress(),
      passwordless: newAddress(),
      disabled: newAddress(),
    };
    await stage.person(addresses.known);
    await stage.post('otp/request', { email: addresses.passwordless });
    const code = await stage.mailbox.codeFor(addresses.passwordless);
    await stage.post('otp/verify', { email: addresses.passwordless, code });
    const { user } = (await stage.person(addresses.disabled)).body as { user: { id: string } };
    const path = `/internal/users/${user.id}/status`;
    await call(stage.users, 'PUT', path, { body: { status: 'disabled' }, headers: asService });
    await stopAccount(stage.auth.context.database, user.id, 'disabled');
    await stage.minutePasses();
  });

  afterAll(() => stage.close());

  /** All that a caller sees of an answer, but for ids and times of its own. */
  function seen({ status, headers, body }: Answer): object {
    const { id: _id, request_id: _requestId, created_at: _createdAt, email: _email, ...rest } = body;
    const names = [...headers.keys()].filter((name) => !['date', 'x-request-id', 'content-length'].includes(name));
    return { status, headers: names.map((name) => [name, headers.get(name)]), body: rest };
  }

  /** What the service wrote and compared: rows by table, queued mails, passwords. */
  async function work(): Promise<Record<string, number>> {
    const { database, redis, figures } = stage.auth.context;
    const [rows] = await database.query<Record<string, number>>(
      `SELECT (SELECT count(*)::int FROM verification_code) AS codes, (SELECT count(*)::int FROM registration) AS registrations,
            (SELECT count(*)::int FROM reset_token) AS tokens`,
    );
    const checks = await figures.passwordChecks.get();
    return {
      ...rows,
      compared: checks.values.reduce((sum, { value }) => sum + value, 0),
      // BullMQ counts every job that is added.
      queued: Number(await redis.get('{turnpike}:mail:id')),
    };
  }

  async function workOf(act: () => Promise<Answer>): Promise<{ answer: object; done: Record<string, number> }> {
    // One row takes the place of another; with none there, each call leaves its own.
    for (const table of ['verification_code', 'registration', 'reset_token'])
      await stage.auth.context.database.query(`DELETE FROM ${table}`);
    const before = await work();
    const answer = seen(await act());
    const after = await work();
    const done = Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]));
    return { answer, done };
  }

  describe.each([
    ['login', (email: string) => ({ email, password: OTHER })],
    ['forgot-password', (email: string) => ({ email })],
    ['otp/request', (email: string) => ({ email })],
    ['register', (email: string) => ({ email, password: PASSWORD, first_name: 'Ada' })],
    ['otp/verify', (email: string) => ({ email, code: '000000' })],
    ['reset-password', (email: string) => ({ email, code: '000000', new_password: OTHER })],
  ] as const)('%s', (route, bodyFor) => {
    test('tells nothing', async () => {
      const results: object[] = [];
      for (const email of Object.values(addresses)) results.push(await workOf(() => stage.post(route, bodyFor(email))));
      expect(results.slice(1)).toEqual(results.slice(0, -1));
    });
  });

  test('the right password of a disabled account is answered like a wrong one', async () => {
    const [disabled, unknown] = [
      await stage.post('login', { email: addresses.disabled, password: PASSWORD }),
      await stage.post('login', { email: addresses.unknown, password: PASSWORD }),
    ];
    expect(seen(disabled)).toEqual(seen(unknown));
  });
}
