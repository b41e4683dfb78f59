import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MODEL, type Customer, type Gateway } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/**
 * Attacks by requests that the gateway reads in one way and a vendor might in another: to be charged for less, to reach what is somebody else's, or to
 * have an answer without its usage. Each is refused before the vendor hears of it.
 */

let gateway: Gateway;
let customer: Customer;
beforeAll(async () => {
  gateway = await startPricedGateway();
  customer = await gateway.customer();
});
beforeEach(() => {
  gateway.received.length = 0;
});
afterAll(() => gateway.stop());

const CHAT = '/openai/v1/chat/completions';
const MESSAGES = '/anthropic/v1/messages';
const GENERATE = `/google/v1beta/models/${MODEL}:generateContent`;
const chat = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] };
const contents = [{ parts: [{ text: 'Hello' }] }];

async function refused(path: string, body: unknown, headers: Record<string, string> = {}, status = 400) {
  const answer = await gateway.post(path, customer, body, undefined, headers);
  const { error } = (await answer.json()) as { error: { message: string } };
  expect([answer.status, error.message]).toEqual([status, expect.any(String)]);
  expect(gateway.received).toEqual([]);
  return error.message;
}

test.each<[string, string, unknown]>([
  ['n as a text', CHAT, { ...chat, n: '2' }],
  ['n below one', CHAT, { ...chat, n: -1 }],
  ['n with a fraction', CHAT, { ...chat, n: 1.5 }],
  ['max_tokens as a text', CHAT, { ...chat, max_tokens: '100000' }],
  ['max_tokens below zero', MESSAGES, { ...chat, max_tokens: -1 }],
  ['max_completion_tokens as a list', CHAT, { ...chat, max_completion_tokens: [1] }],
  ['max_output_tokens as a text', '/openai/v1/responses', { model: MODEL, input: 'Hello', max_output_tokens: '9' }],
  ['maxOutputTokens as a text', GENERATE, { contents, generationConfig: { maxOutputTokens: '100000' } }],
  ['candidateCount below zero', GENERATE, { contents, generationConfig: { candidateCount: -2 } }],
])('a count that is none: %s', async (_name, path, body) => {
  expect(await refused(path, body)).toContain('whole number');
});

test('a count that no vendor has holds no more than the most there is, and is too much', async () => {
  const answer = await gateway.post(CHAT, customer, { ...chat, n: 1e9, max_tokens: 1e15 });
  expect(answer.status).toBe(402);
  expect(gateway.received).toEqual([]);
});

test('best_of makes as many answers as n', async () => {
  const body = { model: MODEL, prompt: 'Hello', max_tokens: 20_000 };
  expect((await gateway.post('/openai/v1/completions', customer, body)).status).toBe(200);
  gateway.received.length = 0;
  expect((await gateway.post('/openai/v1/completions', customer, { ...body, best_of: 100 })).status).toBe(402);
});

test.each<[string, string, string]>([
  ['the model', CHAT, `{"model":"${MODEL}","messages":[],"model":"other"}`],
  ['the model, once escaped', CHAT, `{"model":"${MODEL}","messages":[],"mod\\u0065l":"other"}`],
  ['a file', CHAT, `{"model":"${MODEL}","messages":[{"content":[{"file":{"file_id":"file-1","file_id":"file-2"}}]}]}`],
  [
    'a file, once escaped',
    GENERATE,
    '{"contents":[{"parts":[{"fileData":{"fileUri":"files/a","fileUr\\u0069":"https://example.com/x"}}]}]}',
  ],
  [
    'the type of an item',
    '/openai/v1/responses',
    `{"model":"${MODEL}","input":[{"type":"message","type":"item_reference","id":"msg_1"}]}`,
  ],
  [
    'a store',
    '/openai/v1/responses',
    `{"model":"${MODEL}","input":"x","tools":[{"type":"file_search","vector_store_ids":[],"vector_store_ids":["vs_1"]}]}`,
  ],
])('%s, given twice', async (_name, path, body) => {
  expect(await refused(path, body)).toContain('twice');
});

test('a member that a caller names as it likes may be there as often as objects are', async () => {
  const parameters = { type: 'object', properties: { id: { type: 'string' }, type: { type: 'string' } } };
  const tools = [
    { type: 'function', function: { name: 'one', parameters } },
    { type: 'function', function: { name: 'two', parameters } },
  ];
  expect((await gateway.post(CHAT, customer, { ...chat, tools })).status).toBe(200);
});

test('another model in the body than in the path; the same is not another', async () => {
  expect(await refused(GENERATE, { model: 'models/other', contents })).toContain('another model');
  expect((await gateway.post(GENERATE, customer, { model: `models/${MODEL}`, contents })).status).toBe(200);
});

test.each([['"true"'], ['1'], ['"false"'], ['[]']])('stream: %s', async (stream) => {
  expect(await refused(CHAT, `{"model":"${MODEL}","messages":[],"stream":${stream}}`)).toContain('stream');
});

test('a tier that costs less is charged where the answer says that it was served', async () => {
  const usage = { prompt_tokens: 20, completion_tokens: 10 };
  for (const [more, micro] of [
    [{ service_tier: null }, 900n],
    [{ service_tier: 'flex' }, 450n],
  ] as const) {
    const before = await gateway.balance(customer);
    const answer = await gateway.post(CHAT, customer, { ...chat, service_tier: 'flex' }, { usage, more });
    expect(answer.status).toBe(200);
    await gateway.charged(customer, before, micro);
  }
  gateway.received.length = 0;
  expect(await refused(GENERATE, { contents, serviceTier: 'PRIORITY' })).toContain('no price for the tier priority');
});

describe('of Google', () => {
  test.each([
    ['fields=candidates'],
    ['%24fields=candidates'],
    ['$.fields=candidates'],
    ['alt=proto'],
    ['alt=sse&%24alt=proto'],
    ['callback=x'],
    ['$httpMethod=GET'],
    ['userProject=theirs'],
  ])('the query %s', async (query) => {
    expect(await refused(`${GENERATE}?${query}`, { contents })).toContain('query');
  });

  test('headers that would say the same reach nobody', async () => {
    const headers = {
      'x-goog-fieldmask': 'candidates',
      'x-http-method-override': 'GET',
      'x-http-method': 'GET',
      'x-goog-user-project': 'theirs',
    };
    expect((await gateway.post(GENERATE, customer, { contents }, undefined, headers)).status).toBe(200);
    expect(Object.keys(gateway.received[0]?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/fieldmask|http-method|user-project/)]),
    );
    gateway.received.length = 0;
    const streamed = await gateway.post(`${GENERATE.replace('generate', 'streamGenerate')}?alt=sse`, customer, {
      contents,
    });
    expect([streamed.status, gateway.received[0]?.target]).toEqual([200, expect.stringMatching(/\?alt=sse$/)]);
  });
});

describe('a form', () => {
  const CRLF = '\r\n';
  const part = (head: string, body: string) =>
    `--b${CRLF}content-disposition: form-data; ${head}${CRLF}${CRLF}${body}${CRLF}`;
  const file = part('name="file"; filename="a.mp3"', 'x'.repeat(100));
  const model = part('name="model"', MODEL);
  const END = `--b--${CRLF}`;
  const send = (body: string) =>
    refused('/openai/v1/audio/transcriptions', body, { 'content-type': 'multipart/form-data; boundary=b' });

  test('is read as vendors read it', async () => {
    const answer = await gateway.post('/openai/v1/audio/transcriptions', customer, model + file + END, undefined, {
      'content-type': 'multipart/form-data; boundary=b',
    });
    expect(answer.status).toBe(200);
  });

  test.each<[string, string]>([
    ['two models', model + part('name="model"', 'other') + file + END],
    ['a model, and a file of that name', model + file + part('name="model"; filename="m"', 'other') + END],
    [
      'a file of the name of the model, and the model',
      part('name="model"; filename="m"', 'other') + model + file + END,
    ],
    ['a part with two names', part('name="prompt"; name="model"', 'other') + model + file + END],
    ['a name in both spellings', part(`name="prompt"; name*=utf-8''model`, 'other') + model + file + END],
    [
      'a part behind a line feed alone',
      model + part('name="prompt"', 'x\n--b\ncontent-disposition: form-data; name="model"\n\nother') + file + END,
    ],
    ['no end', model + file],
    ['no boundary in its body', 'x'],
  ])('with %s', async (_name, body) => {
    await send(body);
  });
});

describe('a body in another charset', () => {
  test.each([
    ['application/json; charset=utf-16'],
    ['application/json; charset=utf-7'],
    ['text/plain'],
    ['application/json, text/plain'],
  ])('%s', async (type) => {
    await refused(CHAT, chat, { 'content-type': type }, 415);
  });

  test('bytes that are no UTF-8, and a byte order mark', async () => {
    for (const bytes of [Buffer.from([0xff, 0xfe, 0x7b, 0]), Buffer.from(`\ufeff${JSON.stringify(chat)}`)]) {
      const status = await new Promise((resolve, reject) => {
        const headers = {
          'x-api-key': customer.key,
          'content-type': 'application/json',
          'content-length': bytes.length,
        };
        const asking = request(gateway.url + CHAT, { method: 'POST', headers }, (answer) =>
          resolve(answer.resume().statusCode),
        );
        asking.on('error', reject);
        asking.end(bytes);
      });
      expect(status).toBe(400);
    }
    expect(gateway.received).toEqual([]);
  });
});

test('texts as numbers of tokens are counted before they are sent', async () => {
  const poor = await gateway.customer();
  await gateway.leave(poor, 1_000n);
  const tokens = Array.from({ length: 500 }, (_, index) => index);
  const ask = (input: unknown) => gateway.post('/openai/v1/embeddings', poor, { model: MODEL, input });
  expect((await ask([tokens, tokens])).status).toBe(402);
  expect(gateway.received).toEqual([]);
  expect((await ask(tokens.slice(0, 10))).status).toBe(200);
});
