import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Script } from '@turnpike/stand-in-vendors';
import { waitFor } from '@turnpike/test-kit';
import { MODEL, type Customer, type Gateway } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** Clients that leave at any moment, and processes that are killed: no hold stays, and each call is charged once or not at all. */

const CHAT = '/openai/v1/chat/completions';
const HOLD_TTL_SECONDS = '8';
const usage = { prompt_tokens: 20, completion_tokens: 10 };
const FULL = '900';

let gateway: Gateway;
let customer: Customer;
beforeAll(async () => {
  gateway = await startPricedGateway({ HOLD_TTL_SECONDS });
});
beforeEach(async () => {
  customer = await gateway.customer();
});
afterAll(async () => {
  await gateway.verify();
  await gateway.stop();
});

const chat = (more: object = {}) => ({
  model: MODEL,
  messages: [{ role: 'user', content: 'Hello' }],
  max_tokens: 100,
  stream: true,
  ...more,
});

/** A streamed call that the client leaves as soon as it has read what `until` looks for; a number leaves after so many milliseconds. */
async function leave(until: string | number, script: Script, body: object = chat()): Promise<void> {
  const leaving = new AbortController();
  const left = typeof until === 'number' ? pause(until).then(() => leaving.abort()) : undefined;
  const reading = (async () => {
    const answer = await fetch(gateway.url + CHAT, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'x-api-key': customer.key, 'content-type': 'application/json', 'x-stand-in': JSON.stringify(script) },
      signal: leaving.signal,
    });
    let text = '';
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (typeof until === 'string' && text.includes(until)) return;
    }
  })();
  await Promise.all([left, reading]).catch((error: unknown) => {
    if (!leaving.signal.aborted) throw error;
  });
  leaving.abort();
}

/** What the ledger has of the customer's calls, once none is open. */
async function ended(count: number, ownerId = customer.userId) {
  let calls = await gateway.calls(ownerId);
  await waitFor(async () => {
    calls = await gateway.calls(ownerId);
    return calls.length >= count && calls.every(({ state }) => state !== 'open');
  });
  return calls;
}

const WORDS = ['one', 'two', 'three', 'four', 'five'];

/** Clients that leave after some milliseconds, and after some words. */
async function leaveAtAnyMoment(): Promise<void> {
  const moments = [...Array.from({ length: 20 }, (_value, index) => index * 8), ...WORDS, ...WORDS];
  await Promise.all(moments.map((moment) => leave(moment, { usage, text: WORDS.join(' '), step_ms: 20 })));
}

describe('a client that leaves', () => {
  test('at any moment: every call is charged as if it had stayed, or was never made', async () => {
    const sent = gateway.received.length;
    await leaveAtAnyMoment();
    const calls = await ended(WORDS.length * 2);
    for (const { state, charged } of calls)
      expect([state, charged]).toEqual(state === 'settled' ? [state, FULL] : ['released', null]);
    expect(calls.filter(({ state }) => state === 'settled').length).toBeLessThanOrEqual(gateway.received.length - sent);
    expect(calls.filter(({ state }) => state === 'settled').length).toBeGreaterThanOrEqual(WORDS.length * 2);
  });

  test('after the usage was told, before the end: charged once', async () => {
    const body = chat({ stream_options: { include_usage: true } });
    await leave('"usage":{', { usage, text: 'one two', step_ms: 100 }, body);
    expect(await ended(1)).toEqual([{ state: 'settled', charged: FULL }]);
  });

  test('E49: of 30 answers of 5 MiB that nobody waits for each is read to its end and charged once, and others are answered meanwhile', async () => {
    const long = { usage, parts: ['x'.repeat(8_000)], times: 656 };
    await Promise.all(Array.from({ length: 30 }, () => leave('xxx', long)));
    const health = async () => (await fetch(`${gateway.url}/health`)).status;
    expect(await health()).toBe(200);
    const calls = await waitFor(async () => {
      expect(await health()).toBe(200);
      const found = await gateway.calls(customer.userId);
      return found.every(({ state }) => state !== 'open') ? found : undefined;
    });
    expect(calls).toEqual(Array.from({ length: 30 }, () => ({ state: 'settled', charged: FULL })));
  });

  test('while it sends its request: nothing is held, nothing sent', async () => {
    const sent = gateway.received.length;
    const { hostname, port } = new URL(gateway.url);
    const body = JSON.stringify(chat());
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `POST /trueportai-services${CHAT} HTTP/1.1\r\nhost: x\r\nx-api-key: ${customer.key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 40)}`,
        );
        setTimeout(() => socket.destroy(), 100);
      });
      socket.on('close', () => resolve());
    });
    // A call that comes after it is answered, so the one before has been seen.
    await (await gateway.post(CHAT, customer, chat(), { usage })).text();
    expect(await ended(1)).toEqual([{ state: 'settled', charged: FULL }]);
    expect(gateway.received.length - sent).toBe(1);
  });
});

describe('an organisation pays', () => {
  test('for calls with its key, and its owner pays nothing', async () => {
    const member = await gateway.member();
    const answer = await gateway.post(CHAT, member, chat({ stream: false }), { usage });
    expect([answer.status, answer.headers.get('x-credits-remaining')]).toEqual([200, '49.9991']);
    await answer.text();
    expect(await ended(1, member.organisationId)).toEqual([{ state: 'settled', charged: FULL }]);
    expect(await gateway.calls(member.userId)).toEqual([]);
    const tooLong = await gateway.post(CHAT, member, chat({ max_tokens: 1_000_000 }));
    expect([tooLong.status, await tooLong.json()]).toMatchObject([
      402,
      { error: { code: 'insufficient_credits', balance: '49.9991' } },
    ]);
  });

  test('for a client that leaves, too', async () => {
    const member = await gateway.member();
    customer = member;
    await leave('one', { usage, text: 'one two three', step_ms: 100 });
    expect(await ended(1, member.organisationId)).toEqual([{ state: 'settled', charged: FULL }]);
    expect(await gateway.calls(member.userId)).toEqual([]);
  });

  test('not for a token within it, which no call of a model takes: 401 that says so', async () => {
    const member = await gateway.member();
    const sent = gateway.received.length;
    const answer = await fetch(gateway.url + CHAT, {
      method: 'POST',
      body: JSON.stringify(chat()),
      headers: { authorization: `Bearer ${member.token}`, 'content-type': 'application/json' },
    });
    expect([answer.status, await answer.json()]).toMatchObject([
      401,
      { error: { code: 'invalid_api_key', message: expect.stringContaining('API key') } },
    ]);
    expect(gateway.received.length).toBe(sent);
  });
});

describe('a process is killed in the middle of a stream', () => {
  /** Goes on for long enough that a process is killed in the middle of it. */
  const script = { usage, text: 'word '.repeat(30), step_ms: 100 };
  const begun = async () => {
    const answer = await gateway.post(CHAT, customer, chat(), script);
    const reader = answer.body?.getReader();
    await reader?.read();
    return async () => {
      for (;;) if ((await reader?.read())?.done !== false) return;
    };
  };

  test('the LLM gateway: the hold ends by itself, and nothing is charged', async () => {
    const rest = await begun();
    await gateway.restart('llm');
    await rest().catch(() => {});
    expect(await ended(1)).toEqual([{ state: 'expired', charged: null }]);
    await (await gateway.post(CHAT, customer, chat(), { usage })).text();
    expect(await ended(2)).toContainEqual({ state: 'settled', charged: FULL });
  });

  test('credits: the stream goes on, and is charged once when credits is back', async () => {
    const rest = await begun();
    await gateway.credits().kill();
    await rest();
    await gateway.restart('credits');
    // The hold may have expired meanwhile; it is charged all the same.
    await waitFor(async () => (await gateway.calls(customer.userId))[0]?.state === 'settled');
    expect(await gateway.calls(customer.userId)).toEqual([{ state: 'settled', charged: FULL }]);
  });

  test('the edge: the rest is read, and charged once', async () => {
    const rest = await begun();
    await gateway.restart('edge');
    await expect(rest()).rejects.toThrow();
    expect(await ended(1)).toEqual([{ state: 'settled', charged: FULL }]);
  });
});

describe('LLM_DISCONNECT=cancel: a call is broken off when its client leaves', () => {
  beforeAll(() => gateway.restart('llm', { LLM_DISCONNECT: 'cancel' }));

  test('in the middle of a stream: the vendor is not asked further, and what was delivered is charged', async () => {
    await leave('four', { usage, text: 'four '.repeat(4) + 'more '.repeat(400), step_ms: 100 });
    const [call, ...others] = await ended(1);
    expect(others).toEqual([]);
    expect(call?.state).toBe('settled');
    // At least one token out, and no more than the words that were sent until it was known that the client left.
    const charged = Number(call?.charged);
    expect(charged).toBeGreaterThanOrEqual(60);
    expect(charged).toBeLessThan(60 * 100 + 15 * 100);
  });

  test('in the middle of a stream that told its input at the start: priced on that, and on the text that was delivered', async () => {
    const leaving = new AbortController();
    const answer = await fetch(`${gateway.url}/anthropic/v1/messages`, {
      method: 'POST',
      body: JSON.stringify(chat()),
      headers: {
        'x-api-key': customer.key,
        'content-type': 'application/json',
        'x-stand-in': JSON.stringify({
          usage: { input_tokens: 20, output_tokens: 500 },
          text: 'four four four four',
          silence_ms: 0,
          step_ms: 100,
        }),
      },
      signal: leaving.signal,
    });
    let text = '';
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.split('four').length > 2) break;
    }
    leaving.abort();
    const [call] = await ended(1);
    expect(call?.state).toBe('settled');
    const tokens = (Number(call?.charged) - 20 * 15) / 60;
    // Ten bytes were read for sure, and nineteen written at most; a token is four.
    expect(tokens).toBeGreaterThanOrEqual(3);
    expect(tokens).toBeLessThanOrEqual(5);
  });

  test('before the answer: nothing is charged', async () => {
    const arrived = gateway.received.length;
    const leaving = new AbortController();
    const asking = fetch(gateway.url + CHAT, {
      method: 'POST',
      body: JSON.stringify(chat({ stream: false })),
      headers: {
        'x-api-key': customer.key,
        'content-type': 'application/json',
        'x-stand-in': JSON.stringify({ usage, delay_ms: 60_000 }),
      },
      signal: leaving.signal,
    });
    const refused = expect(asking).rejects.toThrow();
    await waitFor(() => gateway.received.length > arrived);
    leaving.abort();
    await refused;
    expect(await ended(1)).toEqual([{ state: 'released', charged: null }]);
  });

  test('at any moment: no hold stays', async () => {
    await leaveAtAnyMoment();
    for (const { state, charged } of await ended(1))
      if (state === 'settled') expect(Number(charged)).toBeLessThanOrEqual(Number(FULL) + 15 * 100);
      else expect(state).toBe('released');
  });
});
