import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedis, waitFor, type OwnStore } from '@turnpike/test-kit';
import { openRawSocket } from './support/raw-socket.ts';
import { send } from './support/send.ts';
import { startStack, type EdgeStack, type SignedIn } from './support/stack.ts';

/**
 * Clients that keep their own books while Redis is killed and comes back empty: what each was told equals what each spent, whether its calls
 * succeed or fail, whether it names them, and whether it stays for the first answer.
 */
const SYNC = '/api/v1/timepoints/generate/sync';
const USERS = 12;
const CALLS = 30;
/** How long a call takes at the upstream, in milliseconds. */
const WORK_MS = 20;

let redis: OwnStore;
let stack: EdgeStack;
beforeAll(async () => {
  redis = await startRedis();
  // A hold that nobody ends would show: it would not expire while the test lasts.
  const env = { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '500', HOLD_TTL_SECONDS: '600' };
  stack = await startStack(env, { REDIS_URL: redis.url });
});
afterAll(async () => {
  await stack.stop();
  await redis.dispose();
});

/** Makes a call and leaves before it can have been answered. */
async function leave({ token }: SignedIn, json: string, key: string): Promise<void> {
  const raw = await openRawSocket(stack.edge.url);
  raw.write(
    `POST ${SYNC} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${token}\r\nIdempotency-Key: ${key}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`,
  );
  setTimeout(() => raw.destroy(), WORK_MS / 2);
  await raw.closed;
}

/** One client: calls one after another, and comes back where it is asked to. Returns the credits that it was told of. */
async function spend(user: SignedIn, client: number, done: () => void): Promise<number> {
  let told = 0;
  for (let call = 0; call < CALLS; call += 1) {
    const key = call % 3 === 0 ? undefined : `call-${call}`;
    const body = JSON.stringify({ query: `${client} ${call}` });
    if (key !== undefined && call % 3 === 1) await leave(user, body, key);
    const answer = await waitFor(
      async () => {
        const headers = {
          'Content-Type': 'application/json',
          ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        };
        const one = await send(stack.edge.url, SYNC, { method: 'POST', token: user.token, body, headers });
        // Not now: nothing was charged for this answer.
        return one.headers['retry-after'] === undefined ? one : undefined;
      },
      { timeoutMs: 60_000 },
    );
    expect([200, 409, 500]).toContain(answer.status);
    // Charged before, its answer lost with the store.
    told += answer.status === 409 ? 1 : Number(answer.headers['x-credits-charged']);
    done();
  }
  return told;
}

test('told is spent', async () => {
  let served = 0;
  stack.upstream.respond = (_request, response) => {
    served += 1;
    const status = served % 3 === 0 ? 500 : 200;
    setTimeout(() => response.writeHead(status, { 'X-Credits-Cost': '1' }).end('{}'), WORK_MS);
  };
  const users: SignedIn[] = [];
  for (let index = 0; index < USERS; index += 1) users.push(await stack.signIn());
  let calls = 0;
  const spending = Promise.all(users.map((user, client) => spend(user, client, () => (calls += 1))));
  for (const share of [0.1, 0.4, 0.7]) {
    await waitFor(() => calls > USERS * CALLS * share, { timeoutMs: 60_000 });
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
    await redis.kill();
    const before = calls;
    await waitFor(() => calls > before + USERS * 2, { timeoutMs: 60_000 });
    await redis.start();
  }
  const told = await spending;
  await waitFor(async () => {
    const balances = await Promise.all(users.map((user) => stack.balance(user)));
    expect(balances).toEqual(told.map((credits) => 50 - credits));
    return true;
  });
}, 180_000);

test('after all of it the ledger verifies', () => stack.verify());
