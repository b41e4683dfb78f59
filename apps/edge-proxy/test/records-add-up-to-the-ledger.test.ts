import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { KEYS } from './support/keys.ts';
import { openRawSocket } from './support/raw-socket.ts';
import { startUsageStack, type UsageStack } from './support/usage.ts';

/** What records say was charged is what the ledger charged, also after clients left, upstreams failed and services were killed. */

const GENERATE = '/api/v1/timepoints/generate/sync';
const USERS = 6;
const CALLS = 8;

let stack: UsageStack;
let calls = 0;

beforeAll(async () => {
  // Holds are settled by the edge that made them, however late.
  stack = await startUsageStack({ SETTLE_WAIT_MS: '200' });
  // Every third answer fails, every fourth costs a part of what is held, and some take a while.
  stack.upstream.respond = (_request, response) => {
    calls += 1;
    if (calls % 3 === 0) response.writeHead(500);
    else if (calls % 4 === 0) response.setHeader('X-Credits-Cost', '0.25');
    setTimeout(() => response.end('{"done":true}'), calls % 5 === 0 ? 40 : 0);
  };
});
afterAll(() => stack.stop());

/** Sends a metered call and hangs up before its answer, which comes at once where credits is down. */
async function callAndLeave(token: string): Promise<void> {
  const raw = await openRawSocket(stack.edge.url);
  raw.write(
    `POST ${GENERATE} HTTP/1.1\r\nHost: edge\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
  );
  const before = stack.upstream.received.length;
  await waitFor(() => stack.upstream.received.length > before || raw.text() !== '');
  raw.destroy();
}

interface Day {
  readonly records: string;
  readonly ledger: string;
  readonly drift: string;
}

/** The comparison as operators read it; the job makes it anew every second here. */
async function comparison(): Promise<Day[]> {
  const { body } = await stack.send('/api/v1/usage/admin/drift', { headers: { 'X-Admin-Key': KEYS.ADMIN_API_KEY } });
  return (body['days'] ?? []) as Day[];
}

test('through clients that leave, upstreams that fail, and services that are killed', async () => {
  const people = await Promise.all(Array.from({ length: USERS }, () => stack.signIn()));
  const work = async (): Promise<void> => {
    for (let call = 0; call < CALLS; call += 1) {
      await Promise.all(
        people.map(({ token }, place) =>
          place === call % USERS
            ? callAndLeave(token)
            : stack.send(GENERATE, { method: 'POST', token, json: { query: `call ${call}` } }),
        ),
      );
    }
  };
  const chaos = async (): Promise<void> => {
    await stack.usage().kill();
    await stack.restartUsage();
    await stack.apps.credits.kill();
    await stack.restart('credits');
    await stack.usage().kill();
    await stack.restartUsage();
  };
  await Promise.all([work(), chaos()]);
  await waitFor(
    async () => {
      const days = await comparison();
      return days.some(({ ledger }) => ledger !== '0') && days.every(({ drift }) => drift === '0');
    },
    { timeoutMs: 120_000 },
  );
  const spent = await Promise.all(people.map((person) => stack.balance(person)));
  expect(Math.min(...spent)).toBeLessThan(50);
  await stack.verify();
});
