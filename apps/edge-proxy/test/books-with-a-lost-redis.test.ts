import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedis, waitFor, withClient, type OwnStore } from '@turnpike/test-kit';
import { KEYS } from './support/keys.ts';
import { openRawSocket } from './support/raw-socket.ts';
import { send } from './support/send.ts';
import { startStack, type EdgeStack, type SignedIn } from './support/stack.ts';

/**
 * Clients that keep their own books while Redis is killed and comes back empty: what each was told equals what each spent, whether its calls
 * succeed or fail, whether it names them, and whether it stays for the first answer.
 */
const SYNC = '/api/v1/timepoints/generate/sync';
const USERS = 12;
/** Calls of all clients together, in each state that Redis is in. */
const CALLS_PER_STATE = 36;
/** Enough for every client to go on for as long as it takes to kill Redis on a busy machine. */
const CREDITS = 10_000;
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

/** What a client wrote down of one call: its key, and what it was told at last. */
interface Entry {
  readonly key: string | undefined;
  readonly status: number;
  readonly charged: number;
  readonly requestId: unknown;
}

/** One client: calls one after another until `over`, and comes back where it is asked to. Returns its books. */
async function spend(user: SignedIn, client: number, over: () => boolean, done: () => void): Promise<Entry[]> {
  const books: Entry[] = [];
  for (let call = 0; !over(); call += 1) {
    const key = call % 3 === 0 ? undefined : `call-${call}`;
    const body = JSON.stringify({ query: `${client} ${call}` });
    if (key !== undefined && call % 3 === 1) await leave(user, body, key);
    let last: unknown;
    const { status, headers } = await waitFor(
      async () => {
        const headers = {
          'Content-Type': 'application/json',
          ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        };
        const one = await send(stack.edge.url, SYNC, { method: 'POST', token: user.token, body, headers });
        last = one.text;
        // Not now: nothing was charged for this answer.
        return one.headers['retry-after'] === undefined ? one : undefined;
      },
      { timeoutMs: 120_000 },
    ).catch((cause: unknown) => {
      throw new Error(`client ${client} got no answer to ${key ?? 'a call without a key'}: ${String(last)}`, { cause });
    });
    expect([200, 409, 500]).toContain(status);
    // 409: charged before, its answer lost with the store.
    const charged = status === 409 ? 1 : Number(headers['x-credits-charged']);
    books.push({ key, status, charged, requestId: headers['x-request-id'] });
    done();
  }
  return books;
}

async function grant({ userId }: SignedIn): Promise<void> {
  const answer = await send(stack.urls.credits, '/internal/credits/grants', {
    method: 'POST',
    headers: { 'X-Service-Key': KEYS.SERVICE_API_KEY },
    json: { user_id: userId, amount: CREDITS - 50, source: 'test', source_ref: userId, transaction_type: 'adjustment' },
  });
  expect(answer.status).toBe(200);
}

/** What else is known of a user whose books are off: the holds as the ledger has them, and what the edge said of settlements. */
async function evidence({ userId }: SignedIn, books: readonly Entry[]): Promise<string> {
  const holds = await withClient({ connectionString: stack.databases.credits.url }, async (database) => {
    const { rows } = await database.query(
      'SELECT r.id, r.state, r.settled_amount, r.created_at, r.ended_at FROM reservation r JOIN account a ON a.id = r.account_id ' +
        "WHERE a.owner_id = $1 AND (r.state = 'open' OR r.settled_amount > 0) ORDER BY r.created_at",
      [userId],
    );
    return rows as unknown[];
  });
  const refused = stack.edge.logs().filter((line) => line.includes(userId) || line.includes('settlement'));
  const list = (title: string, items: readonly unknown[]): string =>
    [title, ...items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))].join('\n  ');
  return [list('The books:', books), list('Open and charged holds:', holds), list('The log:', refused)].join('\n');
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
  await Promise.all(users.map(grant));
  let calls = 0;
  let over = false;
  const spending = Promise.all(
    users.map((user, client) =>
      spend(
        user,
        client,
        () => over,
        () => (calls += 1),
      ),
    ),
  );
  const goesOn = async (): Promise<void> => {
    const before = calls;
    await Promise.race([spending, waitFor(() => calls >= before + CALLS_PER_STATE)]);
  };
  for (let outage = 0; outage < 3; outage += 1) {
    await goesOn();
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
    // Nobody has lost the connection, and nothing is known any more.
    await goesOn();
    await redis.kill();
    await goesOn();
    await redis.start();
  }
  await goesOn();
  over = true;
  const books = await spending;
  const told = books.map((entries) => entries.reduce((sum, { charged }) => sum + charged, 0));
  const left = (): Promise<number[]> => Promise.all(users.map((user) => stack.balance(user)));
  const expected = told.map((credits) => CREDITS - credits);
  await waitFor(async () => expect(await left()).toEqual(expected) ?? true).catch(async (cause: unknown) => {
    const balances = await left();
    const off = users.flatMap((user, index) =>
      balances[index] === expected[index] ? [] : [evidence(user, books[index] ?? [])],
    );
    throw new Error(
      `left ${String(balances)}, by the books ${String(expected)}\n${(await Promise.all(off)).join('\n')}`,
      {
        cause,
      },
    );
  });
});

test('after all of it the ledger verifies', () => stack.verify());
