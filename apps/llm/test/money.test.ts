import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Script } from '@turnpike/stand-in-vendors';
import { waitFor } from '@turnpike/test-kit';
import { MODEL, TIERED_MODEL, type Customer, type Gateway } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** What calls cost, however they end. A token in costs 15 micro-credits, one out 60. */

let gateway: Gateway;
let customer: Customer;
let before: bigint;
beforeAll(async () => {
  gateway = await startPricedGateway({ LLM_DRAIN_TIMEOUT_MS: '4000' });
});
afterAll(async () => {
  await gateway.verify();
  await gateway.stop();
});

const begin = async (): Promise<void> => {
  customer = await gateway.customer();
  before = await gateway.balance(customer);
};
const chat = (more: object = {}) => ({
  model: MODEL,
  messages: [{ role: 'user', content: 'Hello' }],
  max_tokens: 100,
  ...more,
});
const MESSAGES = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 100 };
const CONTENTS = { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] };
const CHAT = '/openai/v1/chat/completions';

describe('each API is charged by what its answer reports', () => {
  const openaiUsage = { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 };
  const responsesUsage = { input_tokens: 20, output_tokens: 10, total_tokens: 30 };
  const claudeUsage = { input_tokens: 20, output_tokens: 10 };
  const geminiUsage = { promptTokenCount: 20, candidatesTokenCount: 4, thoughtsTokenCount: 6, totalTokenCount: 30 };
  const gemini = `/google/v1beta/models/${MODEL}`;
  test.each<[string, string, object, Script]>([
    ['chat', CHAT, chat(), { usage: openaiUsage }],
    ['chat, streamed', CHAT, chat({ stream: true }), { usage: openaiUsage }],
    ['responses', '/openai/v1/responses', { model: MODEL, input: 'Hello' }, { usage: responsesUsage }],
    [
      'responses, streamed',
      '/openai/v1/responses',
      { model: MODEL, input: 'Hello', stream: true },
      { usage: responsesUsage },
    ],
    ['messages', '/anthropic/v1/messages', MESSAGES, { usage: claudeUsage }],
    ['messages, streamed', '/anthropic/v1/messages', { ...MESSAGES, stream: true }, { usage: claudeUsage }],
    ['Gemini', `${gemini}:generateContent`, CONTENTS, { usage: geminiUsage }],
    ['Gemini, streamed as events', `${gemini}:streamGenerateContent?alt=sse`, CONTENTS, { usage: geminiUsage }],
    ['Gemini, streamed as an array', `${gemini}:streamGenerateContent`, CONTENTS, { usage: geminiUsage }],
    ["Google's endpoint in OpenAI's style", '/google/v1beta/openai/chat/completions', chat(), { usage: openaiUsage }],
    [
      'Azure',
      '/azure/my-resource/my-deployment/chat/completions?api-version=2024-10-21',
      chat({ model: 'other' }),
      { usage: openaiUsage },
    ],
    [
      'Azure, streamed',
      '/azure/my-resource/my-deployment/openai/deployments/x/chat/completions?api-version=1',
      chat({ stream: true }),
      { usage: openaiUsage },
    ],
  ])('%s', async (_name, path, body, script) => {
    await begin();
    const answer = await gateway.post(path, customer, body, script);
    const text = await answer.text();
    expect([answer.status, text]).toEqual([200, expect.any(String)]);
    // The end of the answer waits for the settlement.
    expect(before - (await gateway.balance(customer))).toBe(900n);
  });

  test.each([false, true])('responses for what they searched as well, streamed: %s', async (stream) => {
    await begin();
    const search = (id: string, type: string) => ({
      id,
      type: 'web_search_call',
      status: 'completed',
      action: { type },
    });
    // A cent each; to open what was found is none.
    const output = [search('ws_1', 'search'), search('ws_2', 'open_page'), search('ws_3', 'search')];
    const body = { model: MODEL, input: 'Hello', stream, tools: [{ type: 'web_search' }] };
    const answer = await gateway.post('/openai/v1/responses', customer, body, {
      usage: responsesUsage,
      more: { output },
    });
    expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
    await gateway.charged(customer, before, 2_000_900n);
  });

  test('embeddings have input only', async () => {
    await begin();
    const answer = await gateway.post(
      '/openai/v1/embeddings',
      customer,
      { model: MODEL, input: 'Hello' },
      { usage: { prompt_tokens: 7 } },
    );
    expect(answer.status).toBe(200);
    await answer.text();
    await gateway.charged(customer, before, 105n);
  });

  test('a transcription is charged by its seconds', async () => {
    await begin();
    const form = new FormData();
    form.set('file', new Blob([Buffer.alloc(10_000)]), 'speech.mp3');
    form.set('model', MODEL);
    const answer = await fetch(`${gateway.url}/openai/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { 'x-api-key': customer.key, 'x-stand-in': '{"usage":{"type":"duration","seconds":1.5}}' },
      body: form,
    });
    expect(await answer.json()).toMatchObject({ text: 'hello' });
    await gateway.charged(customer, before, 15_000n);
  });

  test('an answer that is not streamed says what it cost and what is left', async () => {
    await begin();
    const answer = await gateway.post(CHAT, customer, chat(), { usage: openaiUsage });
    expect(answer.headers.get('x-credits-charged')).toBe('0.0009');
    expect(answer.headers.get('x-credits-remaining')).toBe('49.9991');
    await answer.text();
  });

  test('a stream says nothing of it, as its head goes out before anybody knows', async () => {
    await begin();
    const answer = await gateway.post(CHAT, customer, chat({ stream: true }), { usage: openaiUsage });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('x-credits'))).toEqual([]);
    expect(await answer.text()).toMatch(/\[DONE\]\n\n$/);
  });
});

describe('what brings nothing costs nothing', () => {
  test.each<[string, Script]>([
    ['an error of the vendor', { status: 500 }],
    ['a refusal of the vendor', { status: 429, headers: { 'retry-after': '30', 'x-should-retry': 'false' } }],
    ['an error event before any text', { error_after: 0 }],
  ])('%s', async (_name, script) => {
    await begin();
    const answer = await gateway.post(CHAT, customer, chat({ stream: true }), script);
    await answer.text();
    await gateway.charged(customer, before, 0n);
  });

  test('a connection that breaks before the first event is told as an event', async () => {
    await begin();
    const answer = await gateway.post(CHAT, customer, chat({ stream: true }), { cut_after: 0 });
    expect(await answer.text()).toContain('"code":"upstream_unavailable"');
    await gateway.charged(customer, before, 0n);
  });

  test('a report that nobody can reckon with: 500, and what was held is returned at once', async () => {
    await begin();
    const form = new FormData();
    form.set('file', new Blob([Buffer.alloc(10_000)]), 'speech.mp3');
    form.set('model', MODEL);
    const answer = await fetch(`${gateway.url}/openai/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { 'x-api-key': customer.key, 'x-stand-in': '{"usage":{"type":"duration","seconds":1e306}}' },
      body: form,
    });
    expect([answer.status, await answer.json()]).toMatchObject([500, { error: { type: 'server_error' } }]);
    expect(await gateway.calls(customer.userId)).toEqual([{ state: 'released', charged: null }]);
    const metrics = await (await fetch(`${gateway.llm().url}/metrics`)).text();
    expect(metrics).toMatch(/^turnpike_llm_calls_under_way\{[^}]*\} 0$/m);
    expect((await gateway.post(CHAT, customer, chat())).status).toBe(200);
  });

  test('lists of models and counts of tokens are free', async () => {
    await begin();
    const list = await fetch(`${gateway.url}/openai/v1/models`, { headers: { 'x-api-key': customer.key } });
    expect(await list.json()).toMatchObject({ object: 'list' });
    const count = await gateway.post('/anthropic/v1/messages/count_tokens', customer, MESSAGES);
    expect(await count.json()).toMatchObject({ input_tokens: expect.any(Number) });
    await gateway.charged(customer, before, 0n);
  });
});

describe('a stream that breaks off is charged by the text that was delivered', () => {
  test('Anthropic: input as it was told at the start, output as it was written', async () => {
    await begin();
    const script = {
      usage: { input_tokens: 20, output_tokens: 500 },
      text: 'four four four four four four',
      cut_after: 7,
    };
    const answer = await gateway.post('/anthropic/v1/messages', customer, { ...MESSAGES, stream: true }, script);
    expect(await answer.text()).toContain('event: error');
    // Four deltas of five bytes.
    await gateway.charged(customer, before, 20n * 15n + 5n * 60n);
  });
});

test('E36: a stream of Anthropic ends without a [DONE]', async () => {
  const answer = await gateway.post('/anthropic/v1/messages', customer, { ...MESSAGES, stream: true });
  const text = await answer.text();
  expect(text).toContain('message_stop');
  expect(text).not.toContain('[DONE]');
});

describe('a client that leaves pays for what was done', () => {
  const usage = { prompt_tokens: 20, completion_tokens: 296 };
  const leaveAfter = async (script: Script, events: number, body = chat({ stream: true })): Promise<void> => {
    const leaving = new AbortController();
    const response = await fetch(gateway.url + CHAT, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'x-api-key': customer.key, 'content-type': 'application/json', 'x-stand-in': JSON.stringify(script) },
      signal: leaving.signal,
    });
    const reader = response.body?.getReader();
    for (let count = 0; count < events; count += 1) await reader?.read();
    leaving.abort();
  };

  test('in the middle of a stream: the rest is read, and charged exactly and once', async () => {
    await begin();
    await leaveAfter({ usage, step_ms: 50 }, 2);
    await gateway.charged(customer, before, 20n * 15n + 296n * 60n);
  });

  test('in a stream that would go on for long: charged by what was delivered', async () => {
    await begin();
    await leaveAfter({ usage, text: 'word '.repeat(40), step_ms: 500 }, 2);
    await waitFor(async () => (await gateway.balance(customer)) < before);
    await waitFor(async () => {
      const metrics = await (await fetch(`${gateway.llm().url}/metrics`)).text();
      return /^turnpike_llm_drains\{[^}]*\} 0$/m.test(metrics);
    });
    const charged = before - (await gateway.balance(customer));
    expect(charged).toBeGreaterThan(0n);
    expect(charged).toBeLessThan(20n * 15n + 296n * 60n);
  });

  test('before the answer to a request that was sent whole: the answer decides', async () => {
    await begin();
    const leaving = new AbortController();
    const asking = fetch(gateway.url + CHAT, {
      method: 'POST',
      body: JSON.stringify(chat()),
      headers: {
        'x-api-key': customer.key,
        'content-type': 'application/json',
        'x-stand-in': JSON.stringify({ usage, delay_ms: 700 }),
      },
      signal: leaving.signal,
    });
    const arrived = gateway.received.length;
    await waitFor(() => gateway.received.length > arrived);
    leaving.abort();
    await expect(asking).rejects.toThrow();
    await gateway.charged(customer, before, 20n * 15n + 296n * 60n);
  });
});

describe('credits decide before anything is sent', () => {
  test('credits for 10 calls, 64 at once: 10 are made, 54 are 402', async () => {
    await begin();
    // 8 bytes of text in each part of the request: a call may cost up to this.
    const body = chat({ max_tokens: 100 });
    const probe = await gateway.post(CHAT, customer, { ...body, max_tokens: 1_000_000 }, {});
    const { error } = (await probe.json()) as { error: { message: string; cost: string } };
    expect(probe.status).toBe(402);
    expect(error.message).toContain('Insufficient credits');
    const perCall = BigInt(Math.round(Number(error.cost) * 1e6)) - 999_900n * 60n;
    await gateway.leave(customer, perCall * 10n);
    const sent = gateway.received.length;
    const script = { usage: { prompt_tokens: 0, completion_tokens: Number(perCall) / 60 }, delay_ms: 1_500 };
    const answers = await Promise.all(
      Array.from({ length: 64 }, async () => {
        const answer = await gateway.post(CHAT, customer, body, script);
        await answer.text();
        return [answer.status, answer.headers.get('x-should-retry')];
      }),
    );
    expect(answers.filter(([status]) => status === 200).length).toBe(10);
    expect(answers.filter(([status, retry]) => status === 402 && retry === 'false').length).toBe(54);
    expect(gateway.received.length - sent).toBe(10);
  });

  test('E17: prompts past the threshold of a price are held for at that price: credits for 3, 5 at once: 3 are made', async () => {
    await begin();
    const body = { ...chat(), model: TIERED_MODEL, messages: [{ role: 'user', content: 'word '.repeat(180_000) }] };
    const probe = await gateway.post(CHAT, customer, { ...body, max_tokens: 2_000_000 }, {});
    const { error } = (await probe.json()) as { error: { cost: string } };
    const perCall = BigInt(Math.round(Number(error.cost) * 1e6)) - 1_999_900n * 120n;
    expect(perCall).toBeGreaterThan(300_000n * 30n);
    await gateway.leave(customer, perCall * 3n);
    const usage = { prompt_tokens: Number(perCall - 100n * 120n) / 30, completion_tokens: 100 };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => gateway.post(CHAT, customer, body, { usage, delay_ms: 500 })),
    );
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
      200, 200, 200, 402, 402,
    ]);
    expect(await gateway.balance(customer)).toBe(0n);
  });

  test('an answer without a bound takes what there is; one with a bound does not', async () => {
    await begin();
    await gateway.leave(customer, 10_000n);
    const { max_tokens: _bound, ...unbounded } = chat();
    const answer = await gateway.post(CHAT, customer, unbounded, {
      usage: { prompt_tokens: 20, completion_tokens: 10 },
    });
    expect(answer.status).toBe(200);
    await answer.text();
    expect((await gateway.post(CHAT, customer, chat({ max_tokens: 1_024 }))).status).toBe(402);
  });

  test('a model without a price: 400, and nothing is sent', async () => {
    await begin();
    const sent = gateway.received.length;
    const answer = await gateway.post('/anthropic/v1/messages', customer, { ...MESSAGES, model: 'claude-opus-4.1' });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { error: { details: { error_code: 'llm.model_not_priced' } } },
    ]);
    expect(gateway.received.length).toBe(sent);
  });

  test('credits down: 503 and nothing is sent; free paths go on', async () => {
    const ready = async () => {
      const told = await fetch(`${gateway.url}/health/ready`);
      const { status, service, checks } = (await told.json()) as Record<string, unknown>;
      return [told.status, status, service, checks];
    };
    await begin();
    const sent = gateway.received.length;
    expect(await ready()).toEqual([200, 'ready', 'llm-gateway', { database: 'up', credits: 'up' }]);
    await gateway.credits().kill();
    await waitFor(async () => (await ready())[0] === 503);
    expect(await ready()).toEqual([503, 'not_ready', 'llm-gateway', { database: 'up', credits: 'down' }]);
    expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
    const answer = await gateway.post(CHAT, customer, chat());
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: { type: 'server_error' } }]);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(gateway.received.length).toBe(sent);
    expect((await fetch(`${gateway.url}/openai/v1/models`, { headers: { 'x-api-key': customer.key } })).status).toBe(
      200,
    );
    await gateway.restart('credits');
  });

  test('a settlement that credits cannot take is told when it is back', async () => {
    await begin();
    const answering = gateway.post(CHAT, customer, chat(), {
      usage: { prompt_tokens: 20, completion_tokens: 10 },
      delay_ms: 800,
    });
    const arrived = gateway.received.length;
    await waitFor(() => gateway.received.length > arrived);
    await gateway.credits().kill();
    expect((await answering).status).toBe(200);
    await gateway.restart('credits');
    await gateway.charged(customer, before, 900n);
  });
});
