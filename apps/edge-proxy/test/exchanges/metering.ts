import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort, waitFor, type RunningApp } from '@turnpike/test-kit';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts';
import { send } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

export const metering: StackTests = (shared) => {
  const SYNC = '/api/v1/timepoints/generate/sync';
  const STREAM = '/api/v1/timepoints/generate/stream';

  let stack: EdgeStack;
  let user: SignedIn;
  let metrics: string;
  beforeAll(async () => {
    const metricsPort = await freePort();
    metrics = `http://127.0.0.1:${metricsPort}`;
    stack = await withEdge(shared(), { HOLD_TTL_SECONDS: '5', METRICS_PORT: String(metricsPort) });
  });
  afterAll(() => stack.stop());
  beforeEach(async () => {
    stack.upstream.reset();
    user = await stack.signIn();
  });

  const generate = (json: unknown = { query: 'x' }, headers: Readonly<Record<string, string>> = {}) =>
    stack.send(SYNC, { method: 'POST', token: user.token, json, headers });

  describe('what is charged', () => {
    test.each<[string, string | string[] | undefined, string]>([
      ['the hold, when the upstream names no cost', undefined, '5'],
      ['the true cost', '2', '2'],
      ['a fraction, rounded up', '1.25', '2'],
      ['nothing, when the upstream says so', '0', '0'],
      ['at most the hold', '9', '5'],
      ['the hold, when the cost is no number', 'cheap', '5'],
      ['the hold, when the cost is negative', '-3', '5'],
      ['a cost of any precision', '2.3000000000000003', '3'],
      ['a cost as Python prints small ones', '1e-05', '1'],
      ['a cost without a leading zero', '.5', '1'],
      ['a cost with white space after it', '2 \t', '2'],
      ['a cost that is named twice, the same', ['2', '2 '], '2'],
      ['the hold, when two costs are named', ['2', '3'], '5'],
    ])('%s', async (_name, cost, charged) => {
      stack.upstream.respond = (_request, response) =>
        response.writeHead(200, cost === undefined ? {} : { 'X-Credits-Cost': cost }).end('{}');
      const answer = await generate();
      expect([answer.headers['x-credits-charged'], answer.headers['x-credits-remaining']]).toEqual([
        charged,
        String(50 - Number(charged)),
      ]);
      expect(answer.headers).not.toHaveProperty('x-credits-cost');
      expect(await stack.balance(user)).toBe(50 - Number(charged));
    });

    test('costs are charged to the micro-credit: what is left of one credit pays for the next', async () => {
      stack.upstream.respond = (_request, response) => response.writeHead(200, { 'X-Credits-Cost': '0.5' }).end('{}');
      const told: unknown[] = [];
      for (let call = 0; call < 4; call += 1) {
        const { headers } = await generate();
        told.push([headers['x-credits-charged'], headers['x-credits-remaining'], await stack.balance(user)]);
      }
      expect(told).toEqual([
        ['1', '49', 49],
        ['1', '49', 49],
        ['1', '48', 48],
        ['1', '48', 48],
      ]);
    });

    test('costs that cannot be charged as they are named are counted', async () => {
      const counted = async (): Promise<number> =>
        Number(/^turnpike_edge_costs_unusable_total\S* (\d+)/m.exec((await send(metrics, '/metrics')).text)?.[1]);
      const before = await counted();
      for (const cost of ['cheap', '9', ['2', '3'], '5', '.5', ['1', '1']]) {
        stack.upstream.respond = (_request, response) => response.writeHead(200, { 'X-Credits-Cost': cost }).end('{}');
        await generate();
      }
      expect((await counted()) - before).toBe(3);
    });

    test('a cost in a trailer, for what is known only at the end', async () => {
      stack.upstream.respond = (_request, response) => {
        response.writeHead(200, { Trailer: 'X-Credits-Cost' });
        response.write('data');
        response.addTrailers({ 'X-Credits-Cost': '3' });
        response.end();
      };
      await generate();
      expect(await stack.balance(user)).toBe(47);
    });

    test('the balance read right after the answer shows the charge, twenty times in a row', async () => {
      stack.upstream.respond = (_request, response) => response.writeHead(200, { 'X-Credits-Cost': '1' }).end('{}');
      for (let call = 1; call <= 20; call += 1) {
        await generate();
        expect(await stack.balance(user)).toBe(50 - call);
      }
    });

    test('GET on the same path, and other routes of the upstream, are free', async () => {
      expect((await stack.send(SYNC, { token: user.token })).headers).not.toHaveProperty('x-credits-charged');
      await stack.send('/api/v1/timepoints', { token: user.token });
      expect(await stack.balance(user)).toBe(50);
    });

    test('chat and jumps in time have their own price', async () => {
      await stack.send('/api/v1/interactions/1/chat', { method: 'POST', token: user.token, json: {} });
      await stack.send('/api/v1/temporal/1/next', { method: 'POST', token: user.token, json: {} });
      await stack.send('/api/v1/temporal/1/prior', { method: 'POST', token: user.token });
      expect(await stack.balance(user)).toBe(45);
    });
  });

  describe('a body that no price can be picked from goes nowhere and costs nothing', () => {
    test.each<[string, number, object]>([
      ['malformed JSON', 400, { body: '{"preset":', headers: { 'Content-Type': 'application/json' } }],
      [
        'a preset given twice',
        400,
        { body: '{"preset":"balanced","preset":"hd"}', headers: { 'Content-Type': 'application/json' } },
      ],
      ['a preset nobody priced', 422, { json: { preset: 'platinum' } }],
      ['a preset that is no text', 422, { json: { preset: ['hd'] } }],
      [
        'another media type',
        415,
        { body: 'preset=hd', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
      ],
      [
        'a compressed body',
        415,
        { body: 'x', headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' } },
      ],
      ['a body too long to be read', 413, { json: { query: 'x'.repeat(300_000) } }],
    ])('%s: %i', async (_name, status, sending) => {
      const answer = await stack.send(SYNC, { method: 'POST', token: user.token, ...sending });
      expect(answer.status).toBe(status);
      if (status === 422) expect(answer.body['errors']).toEqual([{ path: 'body.preset', message: expect.any(String) }]);
      expect(stack.upstream.received).toEqual([]);
      expect(await stack.balance(user)).toBe(50);
    });
  });

  describe('streams', () => {
    const openStream = async (): Promise<RawSocket> => {
      const raw = await openRawSocket(stack.edge.url);
      raw.write(
        `POST ${STREAM} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${user.token}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
      );
      return raw;
    };
    let event: (text: string | undefined) => void;
    let closed: boolean;
    beforeEach(() => {
      closed = false;
      stack.upstream.respond = (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.flushHeaders();
        response.on('close', () => (closed = true));
        event = (text) => (text === undefined ? response.end() : response.write(text));
      };
    });

    test('events arrive one by one; it is charged once, and the end waits for the charge', async () => {
      const raw = await openStream();
      await raw.until(/x-credits-charged: 5\r[^]*\r\n\r\n/i);
      for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
        event(text);
        await raw.until(new RegExp(text.trim()));
      }
      event(undefined);
      expect(await raw.closed).toContain('0\r\n\r\n');
      expect(await stack.balance(user)).toBe(45);
    });

    test('one that runs longer than its hold keeps it, and is charged once', async () => {
      const raw = await openStream();
      await raw.until(/\r\n\r\n/);
      const until = Date.now() + 8_000;
      await waitFor(
        async () => {
          event('data: still here\n\n');
          // Held all the time: an expired hold would show as 50.
          expect(await stack.balance(user)).toBe(45);
          return Date.now() > until;
        },
        { intervalMs: 250 },
      );
      event(undefined);
      await raw.closed;
      expect(await stack.balance(user)).toBe(45);
    });

    test('a client that leaves in the middle has been served so far, and is charged', async () => {
      const raw = await openStream();
      await raw.until(/\r\n\r\n/);
      event('data: 1\n\n');
      await raw.until(/data: 1/);
      raw.destroy();
      await waitFor(() => closed);
      await waitFor(async () => (await charges()).length === 1);
      expect(await stack.balance(user)).toBe(45);
    });

    test('an upstream that breaks off in the middle is not paid', async () => {
      stack.upstream.respond = (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write('data: 1\n\n', () => response.destroy());
      };
      const raw = await openStream();
      expect(await raw.closed).not.toContain('\r\n0\r\n\r\n');
      await waitFor(async () => (await stack.balance(user)) === 50);
    });
  });

  describe('an upstream that does not answer costs nothing', () => {
    let cut: RunningApp;
    beforeAll(async () => {
      cut = await stack.startEdge({ METRICS_PORT: '', FLASH_URL: `http://127.0.0.1:${await freePort()}` });
    });

    test('a refused connection is 502, with the credits back when the answer is read', async () => {
      const answer = await send(cut.url, SYNC, { method: 'POST', token: user.token, json: {} });
      expect([answer.status, answer.body['code'], answer.headers['x-credits-charged']]).toEqual([
        502,
        'upstream.unavailable',
        '0',
      ]);
      expect(await stack.balance(user)).toBe(50);
    });
  });

  async function charges(): Promise<unknown[]> {
    const history = await stack.send('/api/v1/credits/history', { token: user.token });
    return (JSON.parse(history.text) as { amount: number }[]).filter(({ amount }) => amount < 0);
  }
};
