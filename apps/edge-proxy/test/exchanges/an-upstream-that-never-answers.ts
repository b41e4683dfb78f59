import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort, waitFor } from '@turnpike/test-kit';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import { writeRoutesFile, type RoutesFile } from '../support/routes-file.ts';
import { send, type Answer } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

export const anUpstreamThatNeverAnswers: StackTests = (shared) => {
  const CALLS = 500;
  /** Each makes as many calls as its sign-up credits pay for. */
  const USERS = 20;
  const CREDITS = 50;
  const PRICE = CREDITS / (CALLS / USERS);
  /** The first calls end then, and the breaker opens; a busy machine takes a while to bring all of them so far. */
  const HEADERS_TIMEOUT_MS = 12_000;
  const CALL = '/api/v1/temporal/1/next';

  let routes: RoutesFile;
  let stack: EdgeStack;
  let metricsUrl: string;
  let users: SignedIn[];
  beforeAll(async () => {
    const port = await freePort();
    metricsUrl = `http://127.0.0.1:${port}`;
    routes = await writeRoutesFile(
      `headersTimeoutMs: ${HEADERS_TIMEOUT_MS}, breaker: { failures: 5, openMs: 1000 }`,
      'id: call, path: /api/v1/temporal/**/next, methods: [POST], auth: required, charge: { operation: temporal_jump }',
      'id: read, path: /api/v1/temporal/*, methods: [GET], auth: required, charge: none',
    );
    // Credits answers hundreds at once, on a machine that may be busy.
    stack = await withEdge(shared(), {
      ROUTES_FILE: routes.path,
      METRICS_PORT: String(port),
      CREDITS_TIMEOUT_MS: '30000',
    });
  });
  afterAll(async () => {
    await stack.stop();
    await routes.remove();
  });

  let waiting: (() => void)[] = [];
  beforeEach(async () => {
    waiting = [];
    stack.upstream.reset();
    stack.upstream.respond = (request, response) => {
      if (request.method === 'GET') response.end('read');
      else waiting.push(() => response.destroy());
    };
    users = await Promise.all(Array.from({ length: USERS }, () => stack.signIn()));
  });

  const gauge = async (name: string, labels = ''): Promise<number> => {
    const { text } = await send(metricsUrl, '/metrics');
    return Number(new RegExp(`^${name}(?:\\{[^}]*${labels}[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
  };
  const call = ({ token }: SignedIn): Promise<Answer> => stack.send(CALL, { method: 'POST', token, json: {} });
  const countsOf = (answers: readonly Answer[]): Record<number, number> => {
    const counts: Record<number, number> = {};
    for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  };
  /** Nothing is under way, and everybody has what they had. */
  const isOver = async (): Promise<void> => {
    for (const user of users) expect(await stack.balance(user)).toBe(CREDITS);
    await waitFor(async () => (await gauge('turnpike_edge_live_exchanges')) === 0);
    expect(await gauge('turnpike_edge_upstream_connections_in_use', 'upstream="flash"')).toBe(0);
    expect(await gauge('turnpike_edge_upstream_waiting', 'upstream="flash"')).toBe(0);
  };
  const answersAgain = async (): Promise<void> => {
    stack.upstream.reset();
    stack.upstream.respond = (_request, response) => response.end('answered');
    // Once the breaker lets one try.
    await waitFor(
      async () => (await stack.send('/api/v1/temporal/1', { token: users[0]?.token ?? '' })).status === 200,
    );
  };

  describe(`${CALLS} calls to an upstream that never answers`, () => {
    test(`by ${USERS} users all end as a time-out, cost nothing, and leave nothing behind`, async () => {
      const calls = users.flatMap((user) => Array.from({ length: CALLS / USERS }, () => call(user)));
      await waitFor(() => waiting.length > 0);
      // Meanwhile what does not need that upstream works, and what does finds a connection as long as there is one.
      expect((await stack.send('/api/v1/credits/costs')).status).toBe(200);
      const answers = await Promise.all(calls);
      // The breaker opens with the first time-outs, so a call that comes after them is refused at once.
      const { 504: late = 0, 503: refused = 0, ...others } = countsOf(answers);
      expect([late + refused, others]).toEqual([CALLS, {}]);
      expect(late).toBeGreaterThan(0);
      for (const answer of answers) {
        expect(answer.headers['x-credits-charged']).toBe('0');
        if (answer.status === 503) expect(answer.headers['retry-after']).toBeDefined();
      }
      await isOver();
      await answersAgain();
      expect((await call(users[0] as SignedIn)).headers['x-credits-charged']).toBe(String(PRICE));
    });

    test('by one user take its share, and no more: others find connections and credits all the same', async () => {
      const [one, other] = users as [SignedIn, SignedIn];
      const calls = Array.from({ length: CALLS }, () => call(one));
      await waitFor(() => waiting.length > 0);
      expect((await stack.send('/api/v1/temporal/1', { token: other.token })).status).toBe(200);
      const { 402: unpaid = 0, 504: late = 0, ...others } = countsOf(await Promise.all(calls));
      // It pays for as many as its credits hold; none of these was answered.
      expect([unpaid + late, others]).toEqual([CALLS, {}]);
      expect(late).toBeLessThanOrEqual(CREDITS / PRICE);
      await isOver();
      await answersAgain();
    });
  });

  test('after all of it the ledger verifies', () => stack.verify());
};
