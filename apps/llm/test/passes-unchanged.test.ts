import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { composeApiKey } from '@turnpike/contracts';
import { waitFor } from '@turnpike/test-kit';
import { MODEL, type Customer, type Gateway } from './support/gateway.ts';
import { logsOf } from './support/logs-of.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** What vendors and clients see of each other: everything but what would cost, mix or give away something. */

let gateway: Gateway;
let customer: Customer;
beforeAll(async () => {
  gateway = await startPricedGateway({
    LLM_HEARTBEAT_MS: '150',
    LLM_HELD_BYTES_MAX: '8000',
    HOLD_TTL_SECONDS: '8',
    ANTHROPIC_API_KEY: 'secret-that-the-vendor-refuses',
  });
  customer = await gateway.customer();
});
beforeEach(() => {
  gateway.received.length = 0;
});
afterAll(() => gateway.stop());

const CHAT = '/openai/v1/chat/completions';
const chat = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 100 };

test('the body arrives byte for byte, but for the usage that a streamed chat did not ask for', async () => {
  const body = `{ "model":"${MODEL}", "temperature":1.0000000000000000001,"messages":[{"role":"user","content":"\\u00e9é"}], "x":{"y":[]}}`;
  await (await gateway.post(CHAT, customer, body)).text();
  expect(gateway.received[0]?.body).toBe(body);
  const streamed = body.replace('{ ', '{ "stream":true,');
  await (await gateway.post(CHAT, customer, streamed)).text();
  expect(gateway.received[1]?.body).toBe(`{"stream_options":{"include_usage":true},${streamed.slice(1)}`);
});

test("the client's headers arrive, but for those that choose who pays or say who calls", async () => {
  const sent = {
    'openai-beta': 'assistants=v2',
    'idempotency-key': 'once',
    'x-stainless-retry-count': '1',
    'openai-organization': 'org-other',
    'openai-project': 'proj-other',
    'x-ms-oai-image-generation-deployment': 'dear-deployment',
    cookie: 'a=b',
    'x-user-id': 'somebody',
  };
  await (await gateway.post(CHAT, customer, chat, undefined, sent)).text();
  const headers = gateway.received[0]?.headers ?? {};
  expect(headers).toMatchObject({
    'openai-beta': 'assistants=v2',
    'idempotency-key': 'once',
    'x-stainless-retry-count': '1',
  });
  for (const name of [
    'openai-organization',
    'openai-project',
    'x-ms-oai-image-generation-deployment',
    'cookie',
    'x-user-id',
    'x-service-key',
    'x-forwarded-for',
    'traceparent',
  ])
    expect([name, headers[name]]).toEqual([name, undefined]);
  expect(Object.keys(headers).filter((name) => name.startsWith('x-gateway'))).toEqual([]);
});

test("a vendor's refusal comes with what retries go by, and without what names the operator's account", async () => {
  const answer = await gateway.post(CHAT, customer, chat, {
    status: 429,
    headers: {
      'retry-after': '30',
      'x-should-retry': 'false',
      'openai-organization': 'org-operator',
      'x-ratelimit-remaining-tokens': '5',
      'set-cookie': 'x=y',
    },
  });
  expect([answer.status, await answer.json()]).toMatchObject([429, { error: { message: 'Scripted error' } }]);
  expect(answer.headers.get('retry-after')).toBe('30');
  expect(answer.headers.get('x-should-retry')).toBe('false');
  for (const name of ['openai-organization', 'x-ratelimit-remaining-tokens', 'set-cookie'])
    expect([name, answer.headers.get(name)]).toEqual([name, null]);
  expect(gateway.received.length).toBe(1);
});

test("the operator's secret is in no answer and no log, even where the vendor quotes it", async () => {
  const answer = await gateway.post('/anthropic/v1/messages', customer, chat);
  const text = await answer.text();
  expect([answer.status, text]).toEqual([401, expect.stringContaining('[hidden]')]);
  expect(text).not.toContain('secret-that-the-vendor-refuses');
  const logs = await logsOf(gateway, customer);
  expect(logs).not.toContain('secret-that-the-vendor-refuses');
  expect(logs).not.toContain(customer.key);
  expect(logs).not.toContain('Hello');
});

test('a silent stream is kept alive by comments between events, an answer that is none is not', async () => {
  const streamed = await gateway.post(
    CHAT,
    customer,
    { ...chat, stream: true },
    { silence_ms: 3_000, step_ms: 400, text: 'a b' },
  );
  const text = await streamed.text();
  expect(text.startsWith(': keep-alive\n\n')).toBe(true);
  for (const block of text.split('\n\n').filter((each) => each !== ''))
    expect(block).toMatch(/^(?:: keep-alive|data: (?:\{.*\}|\[DONE\]))$/);
  const whole = await gateway.post(CHAT, customer, chat, { delay_ms: 700 });
  expect(await whole.json()).toMatchObject({ object: 'chat.completion' });
});

test.each([
  ['chat completions', CHAT, chat, { prompt_tokens: 20, completion_tokens: 10 }],
  ['responses', '/openai/v1/responses', { model: MODEL, input: 'Hello' }, { input_tokens: 20, output_tokens: 10 }],
  [
    'generateContent',
    `/google/v1beta/models/${MODEL}:generateContent`,
    { contents: [{ parts: [{ text: 'Hello' }] }] },
    { promptTokenCount: 20, candidatesTokenCount: 10 },
  ],
])(
  'an answer of %s that is too long to be held goes on as it comes, and is charged exactly',
  async (_name, path, body, usage) => {
    const before = await gateway.balance(customer);
    const text = '"usage":{}, '.repeat(700);
    const answer = await gateway.post(path, customer, body, { text, usage });
    expect(answer.headers.get('x-credits-charged')).toBeNull();
    expect(JSON.stringify(await answer.json())).toContain(JSON.stringify(text));
    await gateway.charged(customer, before, 20n * 15n + 10n * 60n);
  },
);

test('E27, E28: who asks the same as somebody else makes a call of their own, and pays for it, whoever the body says it is for', async () => {
  const other = await gateway.customer();
  const usage = { prompt_tokens: 20, completion_tokens: 10 };
  for (const [by, named] of [
    [customer, other],
    [other, customer],
  ] as const) {
    const before = [await gateway.balance(by), await gateway.balance(named)] as const;
    const body = { ...chat, user: named.userId, safety_identifier: named.userId };
    const headers = { 'openai-organization': 'org-other', 'x-user-id': named.userId };
    expect((await gateway.post(CHAT, by, body, { usage }, headers)).status).toBe(200);
    await gateway.charged(by, before[0], 20n * 15n + 10n * 60n);
    expect(await gateway.balance(named)).toBe(before[1]);
  }
  expect(gateway.received.length).toBe(2);
});

test('E29, E50: keys that nobody has reach no vendor, and no metric has the name of a model, a key or a person that a caller wrote', async () => {
  for (let count = 0; count < 20; count += 1)
    expect((await gateway.post(CHAT, customer, { ...chat, model: `canary-model-${count}` })).status).toBe(400);
  const invented = Array.from({ length: 20 }, (_none, count) =>
    composeApiKey('live', `canarykey${count}`.padEnd(30, 'C')),
  );
  for (const key of invented) expect((await gateway.post(CHAT, { ...customer, key }, chat)).status).toBe(401);
  expect(gateway.received).toEqual([]);
  await gateway.post(CHAT, customer, chat);
  const metrics = await (await fetch(`${gateway.llm().url}/metrics`)).text();
  expect(metrics).toMatch(/^turnpike_llm_unpriced_total\{[^}]*\} \d+$/m);
  for (const word of ['canary-model', 'canarykey', customer.key.slice(0, 12), customer.userId])
    expect(metrics).not.toContain(word);
});

test('Google streams end without a [DONE]', async () => {
  const path = `/google/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`;
  const answer = await gateway.post(path, customer, { contents: [{ parts: [{ text: 'Hello' }] }] });
  expect(await answer.text()).not.toContain('[DONE]');
  expect(gateway.received[0]?.target).toBe(`/google/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`);
});

describe('what could be read in two ways, or not charged, is refused', () => {
  test.each<[string, string | object, number]>([
    ['a model that is named twice', `{"model":"${MODEL}","messages":[],"model":"other"}`, 400],
    ['no model', { messages: [] }, 400],
    ['no JSON', 'model=x', 400],
    ['an answer in the background', { ...chat, background: true }, 400],
    ['stream_options that are no object', { ...chat, stream: true, stream_options: 'x' }, 400],
    [
      "a file of somebody's",
      { ...chat, messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
      404,
    ],
    ["a vector store of somebody's", { ...chat, tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] }, 404],
  ])('%s', async (_name, body, status) => {
    const answer = await gateway.post(CHAT, customer, body);
    expect([answer.status, await answer.json()]).toMatchObject([status, { error: { message: expect.any(String) } }]);
    expect(gateway.received).toEqual([]);
  });

  test('E25: a socket, whose frames could name any model: 404', async () => {
    for (const path of ['responses', `realtime?model=${MODEL}`]) {
      const status = await new Promise((resolve, reject) => {
        const asking = request(`${gateway.url}/openai/v1/${path}`, {
          headers: {
            connection: 'Upgrade',
            upgrade: 'websocket',
            'sec-websocket-version': '13',
            'sec-websocket-key': 'MDEyMzQ1Njc4OWFiY2RlZg==',
            'x-api-key': customer.key,
          },
        });
        asking.on('response', (answer) => resolve(answer.resume().statusCode));
        asking.on('upgrade', (_answer, socket) => resolve(socket.destroy() && 101));
        asking.on('error', reject);
        asking.end();
      });
      expect([path, status]).toEqual([path, 404]);
    }
    expect(gateway.received).toEqual([]);
  });

  test('a compressed body: 415', async () => {
    const answer = await fetch(gateway.url + CHAT, {
      method: 'POST',
      headers: { 'x-api-key': customer.key, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify(chat)),
    });
    expect(answer.status).toBe(415);
    expect(gateway.received).toEqual([]);
  });

  test('a parameter of a function that is called file_id is a name like any other', async () => {
    const parameters = { type: 'object', properties: { file_id: { type: 'string' } } };
    const tools = [{ type: 'function', function: { name: 'open', parameters } }];
    expect((await gateway.post(CHAT, customer, { ...chat, tools })).status).toBe(200);
  });
});

test('a process that is killed leaves a hold that ends by itself, and the next one serves on', async () => {
  const before = await gateway.balance(customer);
  const asking = gateway.post(CHAT, customer, chat, { delay_ms: 60_000 }).then(
    (answer) => answer.status,
    () => undefined,
  );
  await waitFor(() => gateway.received.length > 0);
  await gateway.restart('llm');
  expect(await asking).toBe(502);
  await gateway.charged(customer, before, 0n);
  expect((await gateway.post(CHAT, customer, chat)).status).toBe(200);
  await gateway.verify();
});

test('a vendor that fails again and again is given a pause, and says for how long', async () => {
  const path = `/google/v1beta/models/${MODEL}:generateContent`;
  const body = { contents: [{ parts: [{ text: 'Hello' }] }] };
  for (let count = 0; count < 5; count += 1)
    expect((await gateway.post(path, customer, body, { status: 500 })).status).toBe(500);
  const answer = await gateway.post(path, customer, body);
  expect([answer.status, await answer.json()]).toMatchObject([503, { error: { status: 'UNAVAILABLE' } }]);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(20);
  expect(gateway.received.length).toBe(5);
  // Other vendors are not concerned.
  expect((await gateway.post(CHAT, customer, chat)).status).toBe(200);
});
