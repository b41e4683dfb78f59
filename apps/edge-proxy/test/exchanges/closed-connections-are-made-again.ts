import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { listen } from '@turnpike/service-kit';
import type { RunningApp } from '@turnpike/test-kit';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import { send } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

/**
 * A credits service that restarts closes connections under calls. A reserve names its hold, so it is made again, as is every other call on
 * the ledger: no request fails for it, and nothing is held or charged twice.
 */
export const closedConnectionsAreMadeAgain: StackTests = (shared) => {
  const SYNC = '/api/v1/timepoints/generate/sync';

  let stack: EdgeStack;
  let edge: RunningApp;
  /** A way to credits that closes the connection of a call, before credits has it or when its answer is due. */
  let way: Server;
  let closes: ('before' | 'after')[];
  let closing: (path: string) => boolean = () => false;
  let user: SignedIn;
  beforeAll(async () => {
    stack = await withEdge(shared());
    way = createServer((request, response) => void pass(request, response));
    edge = await stack.startEdge({ CREDITS_URL: await listen(way, 0, '127.0.0.1') });
  });
  afterAll(async () => {
    await stack.stop();
    way.closeAllConnections();
    await new Promise((resolve) => way.close(resolve));
  });
  beforeEach(async () => {
    stack.upstream.reset();
    closes = [];
    user = await stack.signIn();
  });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const close = closing(url) ? closes.shift() : undefined;
    if (close === 'before') {
      request.socket.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const names = ['x-service-key', 'content-type', 'x-request-id', 'x-user-id'];
    const answer = await fetch(stack.urls.credits + url, {
      method,
      headers: Object.fromEntries(
        names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
      ),
      ...(method === 'GET' ? {} : { body: Buffer.concat(chunks) }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    if (close === 'after') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, {
      'Content-Type': 'application/json',
      'Idempotency-Replayed': answer.headers.get('idempotency-replayed') ?? 'false',
    });
    response.end(body);
  }

  const generate = (headers: Readonly<Record<string, string>> = {}) =>
    send(edge.url, SYNC, { method: 'POST', token: user.token, json: {}, headers });

  async function charges(): Promise<number[]> {
    const history = await stack.send('/api/v1/credits/history', { token: user.token });
    return (JSON.parse(history.text) as { amount: number }[]).flatMap(({ amount }) => (amount < 0 ? [amount] : []));
  }

  const CALLS: [string, (path: string) => boolean][] = [
    ['a reserve', (path) => path.endsWith('/reservations')],
    ['a settle', (path) => path.endsWith('/settle')],
  ];

  test.each(CALLS)('%s whose connection closes is made again, with and without a key', async (_call, of) => {
    closing = of;
    for (const headers of [{}, { 'Idempotency-Key': 'again' }]) {
      for (const [index, ways] of (['before', 'after'] as const).entries()) {
        user = await stack.signIn();
        closes = index === 0 ? [ways] : [ways, ways];
        expect(await generate(headers)).toMatchObject({ status: 200, headers: { 'x-credits-charged': '5' } });
        expect([closes, await charges(), await stack.balance(user)]).toEqual([[], [-5], 45]);
      }
    }
  });

  test('one that goes on closing is an outage, and nothing stays held', async () => {
    closing = (path) => path.endsWith('/reservations');
    closes = Array.from({ length: 10 }, () => 'before');
    expect((await generate()).status).toBe(503);
    expect(closes).toHaveLength(7);
    expect(stack.upstream.received).toEqual([]);
    closes = [];
    expect(await stack.balance(user)).toBe(50);
  });

  test('after all of it the ledger verifies', () => stack.verify());
};
