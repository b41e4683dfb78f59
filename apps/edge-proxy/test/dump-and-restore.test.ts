import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createTestDatabase,
  dumpDatabase,
  restoreDatabase,
  waitFor,
  type DatabaseDump,
  type TestDatabase,
} from '@turnpike/test-kit';
import { KEYS } from './support/keys.ts';
import { send } from './support/send.ts';
import { startStack, type EdgeStack, type SignedIn } from './support/stack.ts';

/**
 * Every database is dumped while people sign in, refresh and spend, one after the other in the order that docs/backups.md names, and
 * restored into new ones beside an empty Redis.
 */
const SYNC = '/api/v1/timepoints/generate/sync';
const LIST = '/api/v1/timepoints/a';
const SIGNUP_CREDITS = 50;
const CLIENTS = 4;
/** A hold that was open when credits was dumped is returned when it ends. */
const HOLD_TTL_SECONDS = '5';
const ORDER = ['auth', 'users', 'credits'] as const;
type Name = (typeof ORDER)[number];

let stack: EdgeStack;
beforeAll(async () => {
  stack = await startStack({ HOLD_TTL_SECONDS }, { SIGNUP_CREDITS: String(SIGNUP_CREDITS) });
});
afterAll(() => stack.stop());

/** One who spends a credit at a time and takes a new pair of tokens now and then. */
class Spender {
  told = 0;
  /** The pair in use when the dump of auth began. */
  atDump: SignedIn | undefined;
  calls = 0;
  user: SignedIn;

  constructor(user: SignedIn) {
    this.user = user;
  }

  async run(done: () => boolean): Promise<void> {
    while (!done()) {
      const answer = await stack.send(SYNC, { method: 'POST', token: this.user.token, json: { query: 'x' } });
      if (answer.status !== 200 && answer.status !== 402) throw new Error(`${answer.status} ${answer.text}`);
      this.told += Number(answer.headers['x-credits-charged'] ?? 0);
      this.calls += 1;
      if (this.calls % 5 === 0) this.user = await refreshed(stack, this.user);
    }
  }
}

async function refreshed(at: EdgeStack, user: SignedIn): Promise<SignedIn> {
  const answer = await at.send('/api/v1/auth/refresh', { method: 'POST', json: { refresh_token: user.refreshToken } });
  if (answer.status !== 200) throw new Error(`refresh answered ${answer.status}: ${answer.text}`);
  const { access_token: token, refresh_token: refreshToken } = answer.body;
  return { ...user, token: String(token), refreshToken: String(refreshToken) };
}

async function signInAs(at: EdgeStack, email: string): Promise<string> {
  const headers = { 'X-Admin-Key': KEYS.ADMIN_API_KEY };
  const answer = await at.send('/api/v1/auth/dev/token', { method: 'POST', headers, json: { email } });
  if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}: ${answer.text}`);
  return String(answer.body['access_token']);
}

const balanceOf = async (at: EdgeStack, token: string): Promise<number> =>
  Number((await at.send('/api/v1/credits/balance', { token })).body['balance']);

test('services come up on restored databases: sessions, keys and balances are those of the dump, ended access stays ended, and the books are right', async () => {
  stack.upstream.respond = (_request, response) => void response.writeHead(200, { 'X-Credits-Cost': '1' }).end('{}');
  const quiet = await stack.signIn();
  const key = await stack.createKey(quiet);
  await stack.send(SYNC, { method: 'POST', token: quiet.token, json: { query: 'x' } });
  const [leaving, deleted] = [await stack.signIn(), await stack.createKey(quiet)];
  await stack.send('/api/v1/auth/logout', { method: 'POST', token: leaving.token, json: {} });
  await deleted.delete();

  const spenders = await Promise.all(Array.from({ length: CLIENTS }, async () => new Spender(await stack.signIn())));
  let done = false;
  const spending = spenders.map((spender) => spender.run(() => done));
  const newcomers: { user: SignedIn; beforeDumps: boolean }[] = [];
  let dumping = false;
  const arriving = (async () => {
    while (!done) newcomers.push({ user: await stack.signIn(), beforeDumps: !dumping });
  })();
  /** Lets the load go on before and between the dumps. */
  const more = async (): Promise<void> => {
    const [calls, people] = [spenders.map((spender) => spender.calls), newcomers.length];
    while (spenders.some((spender, index) => spender.calls < (calls[index] ?? 0) + 3) || newcomers.length < people + 2)
      await new Promise(setImmediate);
  };
  const dumped = new Map<Name, DatabaseDump>();
  const late: string[] = [];
  let told: { before: number; after: number }[] = [];
  for (const name of ORDER) {
    await more();
    const before = spenders.map((spender) => spender.told);
    if (name === 'auth') for (const spender of spenders) spender.atDump = spender.user;
    dumping = true;
    dumped.set(name, await dumpDatabase(stack.databases[name].url));
    told = spenders.map((spender, index) => ({ before: before[index] ?? 0, after: spender.told }));
    late.push(`late-${name}@edge.example`);
    await signInAs(stack, `late-${name}@edge.example`);
  }
  done = true;
  await Promise.all([...spending, arriving]);
  await stack.stop();

  const databases = {} as Record<Name, TestDatabase>;
  for (const [name, dump] of dumped) {
    databases[name] = await createTestDatabase(name);
    await restoreDatabase(dump, databases[name].url);
  }
  stack = await startStack({ HOLD_TTL_SECONDS }, { SIGNUP_CREDITS: String(SIGNUP_CREDITS) }, databases);
  stack.upstream.respond = (_request, response) => void response.writeHead(200, { 'X-Credits-Cost': '1' }).end('{}');
  await waitFor(async () => (await send(stack.edge.url, '/health/ready')).body['status'] === 'ready');
  await stack.verify();

  // What nobody used meanwhile goes on as if nothing had been.
  expect((await stack.send(LIST, { token: quiet.token })).status).toBe(200);
  expect((await stack.send(LIST, { headers: { 'X-API-Key': key.key } })).status).toBe(200);
  expect(await stack.balance(await refreshed(stack, quiet))).toBe(SIGNUP_CREDITS - 1);
  expect((await stack.send(LIST, { token: leaving.token })).status).toBe(401);
  expect((await stack.send(LIST, { headers: { 'X-API-Key': deleted.key } })).status).toBe(401);

  // Whoever spent meanwhile has spent what credits had recorded when it was dumped.
  for (const [index, spender] of spenders.entries()) {
    const spent = async (): Promise<number> => SIGNUP_CREDITS - (await balanceOf(stack, spender.atDump?.token ?? ''));
    const { before, after } = told[index] ?? { before: Number.NaN, after: Number.NaN };
    // One call may have been charged and not yet answered.
    await waitFor(async () => (await spent()) <= after + 1);
    expect(await spent()).toBeGreaterThanOrEqual(before);
  }

  // Whoever refreshed after the dump of auth signs in again.
  const newer = spenders.filter(({ user, atDump }) => user.refreshToken !== atDump?.refreshToken);
  expect(newer.length).toBeGreaterThan(0);
  for (const { user } of newer) await expect(refreshed(stack, user)).rejects.toThrow('401');

  // Whoever was there before the dump of auth began is there, with the sign-up credits.
  const known = newcomers.filter(({ beforeDumps }) => beforeDumps);
  expect(known.length).toBeGreaterThan(0);
  for (const { user } of known) expect(await stack.balance(await refreshed(stack, user))).toBe(SIGNUP_CREDITS);

  // Whoever came later signs up again, once: with one user and one gift, whichever of the databases knew of it.
  for (const email of late) {
    const [once, again] = [await signInAs(stack, email), await signInAs(stack, email)];
    expect(await balanceOf(stack, once)).toBe(SIGNUP_CREDITS);
    expect(await balanceOf(stack, again)).toBe(SIGNUP_CREDITS);
  }
  await stack.verify();
});
