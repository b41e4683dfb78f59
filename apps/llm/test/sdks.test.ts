import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import Anthropic0 from 'anthropic-sdk-0';
import OpenAI, { AzureOpenAI } from 'openai';
import OpenAI6, { AzureOpenAI as AzureOpenAI6 } from 'openai-sdk-6';
import type { Script } from '@turnpike/stand-in-vendors';
import { MODEL, type Customer, type Gateway } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** The vendors' own SDKs: only base URL and key are others than in their READMEs. */

let gateway: Gateway;
let customer: Customer;
beforeAll(async () => {
  gateway = await startPricedGateway();
  customer = await gateway.customer();
});
afterEach(() => {
  gateway.received.length = 0;
});
afterAll(() => gateway.stop());

const scripted = (script: Script) => ({ headers: { 'x-stand-in': JSON.stringify(script) } });
const hello = [{ role: 'user' as const, content: 'Hello' }];
const weather = {
  name: 'weather',
  description: 'Weather of a city',
  parameters: { type: 'object' as const, properties: { city: { type: 'string' as const } } },
};

describe.each([
  ['openai 7.59.0', OpenAI],
  ['openai 6.49.0', OpenAI6 as unknown as typeof OpenAI],
])('%s', (_version, Client) => {
  const client = () => new Client({ baseURL: `${gateway.url}/openai/v1`, apiKey: customer.key, maxRetries: 2 });

  test('chat', async () => {
    const answer = await client().chat.completions.create(
      { model: MODEL, messages: hello },
      scripted({ text: 'Good day' }),
    );
    expect(answer.choices[0]?.message.content).toBe('Good day');
    const [arrived] = gateway.received;
    expect(arrived?.headers.authorization).toBe('Bearer stand-in-openai-secret');
    expect(arrived?.headers['x-stainless-lang']).toBe('js');
    expect(JSON.stringify(arrived)).not.toContain(customer.key);
  });

  test('chat, streamed: the usage that the gateway asked for is not shown', async () => {
    const stream = await client().chat.completions.create(
      { model: MODEL, messages: hello, stream: true },
      scripted({ text: 'Good day to you' }),
    );
    let text = '';
    for await (const chunk of stream) {
      expect(chunk.choices.length).toBe(1);
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe('Good day to you');
    expect(JSON.parse(gateway.received[0]?.body ?? '')).toMatchObject({ stream_options: { include_usage: true } });
  });

  test('chat, streamed: the usage that the client asked for is shown', async () => {
    const stream = await client().chat.completions.create({
      model: MODEL,
      messages: hello,
      stream: true,
      stream_options: { include_usage: true },
    });
    const usages: unknown[] = [];
    for await (const chunk of stream) if (chunk.usage) usages.push(chunk.usage);
    expect(usages.length).toBe(1);
  });

  test('a tool', async () => {
    const answer = await client().chat.completions.create(
      { model: MODEL, messages: hello, tools: [{ type: 'function', function: weather }] },
      scripted({ tool: true }),
    );
    expect(answer.choices[0]?.message.tool_calls).toMatchObject([{ function: { name: 'weather' } }]);
  });

  test('responses, whole and streamed', async () => {
    const answer = await client().responses.create({ model: MODEL, input: 'Hello' }, scripted({ text: 'Good day' }));
    expect(answer.output_text).toBe('Good day');
    const stream = await client().responses.create({ model: MODEL, input: 'Hello', stream: true });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types.at(-1)).toBe('response.completed');
  });

  test('embeddings and models', async () => {
    const { data } = await client().embeddings.create({ model: MODEL, input: ['a', 'b'] });
    expect(data.map(({ embedding }) => embedding)).toEqual([
      [0.25, -0.5, 1],
      [0.25, -0.5, 1],
    ]);
    const models = await client().models.list();
    expect(models.data.map(({ id }) => id)).toContain('gpt-4o');
  });

  test('a transcription, whose model is a field of a form', async () => {
    const file = new File([Buffer.alloc(2_000)], 'speech.mp3', { type: 'audio/mpeg' });
    const answer = await client().audio.transcriptions.create({ file, model: MODEL });
    expect(answer.text).toBe('hello');
  });

  test.each<[string, () => Promise<unknown>, object]>([
    [
      'a made-up key: 401',
      () => new Client({ baseURL: `${gateway.url}/openai/v1`, apiKey: 'sk-made-up' }).models.list(),
      { status: 401, code: 'invalid_api_key', type: 'invalid_request_error' },
    ],
    [
      'a model without a price: 400',
      () => client().chat.completions.create({ model: 'nobody-knows-it', messages: hello }),
      { status: 400, code: 'model_not_priced' },
    ],
    [
      'too few credits: 402',
      () => client().chat.completions.create({ model: MODEL, messages: hello, max_tokens: 1_900_000 }),
      { status: 402, code: 'insufficient_credits', type: 'insufficient_quota' },
    ],
    [
      'a path that is not offered: 404',
      async () => await client().fineTuning.jobs.list(),
      { status: 404, code: 'not_found' },
    ],
    [
      'what somebody else may have made: 404',
      () => client().responses.create({ model: MODEL, input: 'Hello', previous_response_id: 'resp_1' }),
      { status: 404, code: 'not_found' },
    ],
  ])('%s, with a readable message, and not tried again', async (_name, act, expected) => {
    const error = await act().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Client.APIError);
    expect(error).toMatchObject(expected);
    expect(String((error as Error).message)).not.toContain('no body');
    expect(gateway.received.length).toBe(0);
  });

  test("the vendor's own refusal comes as it is, is retried as it says, and names no secret", async () => {
    const refused = client().chat.completions.create(
      { model: MODEL, messages: hello },
      scripted({ status: 429, headers: { 'x-should-retry': 'false', 'retry-after': '30' } }),
    );
    await expect(refused).rejects.toMatchObject({ status: 429, message: '429 Scripted error' });
    expect(gateway.received.length).toBe(1);
  });

  test('a stream that fails in the middle throws', async () => {
    const stream = await client().chat.completions.create(
      { model: MODEL, messages: hello, stream: true },
      scripted({ error_after: 2 }),
    );
    await expect(
      (async () => {
        for await (const chunk of stream) expect(chunk.object).toBe('chat.completion.chunk');
      })(),
    ).rejects.toThrow('The model failed.');
  });
});

describe.each([
  ['openai 7.59.0', AzureOpenAI],
  ['openai 6.49.0', AzureOpenAI6 as unknown as typeof AzureOpenAI],
])('Azure, %s', (_version, Client) => {
  const client = (resource = 'my-resource') =>
    new Client({
      endpoint: `${gateway.url}/azure/${resource}/my-deployment`,
      apiKey: customer.key,
      apiVersion: '2024-10-21',
    });

  test('the deployment of the path is called, whatever the model is said to be', async () => {
    const answer = await client().chat.completions.create({ model: 'gpt-99', messages: hello });
    expect(answer.choices[0]?.message.content).toContain('Hello');
    expect(gateway.received[0]?.target).toBe(
      '/azure/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21',
    );
    expect(gateway.received[0]?.headers['api-key']).toBe('stand-in-azure-secret');
  });

  test('a resource that nobody configured: 404', async () => {
    await expect(
      client('other-resource').chat.completions.create({ model: 'x', messages: hello }),
    ).rejects.toMatchObject({
      status: 404,
    });
  });
});

describe.each([
  ['@anthropic-ai/sdk 1.14.0', Anthropic, 'authorization', 'Bearer stand-in-anthropic-secret'],
  ['@anthropic-ai/sdk 0.137.0', Anthropic0 as unknown as typeof Anthropic, 'x-api-key', 'stand-in-anthropic-secret'],
])('%s', (_version, Client, header, secret) => {
  const client = (base = '') => new Client({ baseURL: `${gateway.url}/anthropic${base}`, apiKey: customer.key });
  const ask = { model: MODEL, max_tokens: 100, messages: hello };

  test.each(['', '/v1'])('messages, with a base URL that ends in anthropic%s', async (base) => {
    const answer = await client(base).messages.create(ask, scripted({ text: 'Good day' }));
    expect(answer.content).toMatchObject([{ type: 'text', text: 'Good day' }]);
    const [arrived] = gateway.received;
    expect(arrived?.target).toBe('/anthropic/v1/messages');
    expect(arrived?.headers[header]).toBe(secret);
    expect(JSON.stringify(arrived)).not.toContain(customer.key);
  });

  test('messages, streamed', async () => {
    const stream = client().messages.stream(ask, scripted({ text: 'Good day to you' }));
    expect(await stream.finalText()).toBe('Good day to you');
  });

  test('a tool, streamed', async () => {
    const stream = client().messages.stream(
      { ...ask, tools: [{ name: 'weather', input_schema: weather.parameters }] },
      scripted({ tool: true }),
    );
    const message = await stream.finalMessage();
    expect(message.content).toMatchObject([{ type: 'tool_use', name: 'weather', input: { city: 'Paris' } }]);
  });

  test('counting and models', async () => {
    expect((await client().messages.countTokens({ model: MODEL, messages: hello })).input_tokens).toBeGreaterThan(0);
    expect((await client().models.list()).data.map(({ id }) => id)).toEqual(['claude-sonnet-4-5', 'claude-haiku-4-5']);
  });

  test('betas and versions arrive as they were sent', async () => {
    await client().messages.create(ask, { headers: { 'anthropic-beta': 'one-2025-01-01,two-2025-01-01' } });
    expect(gateway.received[0]?.headers['anthropic-beta']).toBe('one-2025-01-01,two-2025-01-01');
    expect(gateway.received[0]?.headers['anthropic-version']).toMatch(/^20\d\d-\d\d-\d\d$/);
  });

  test.each<[string, () => Promise<unknown>, object]>([
    [
      'a made-up key: 401',
      () => new Client({ baseURL: `${gateway.url}/anthropic`, apiKey: 'sk-made-up' }).messages.create(ask),
      { status: 401 },
    ],
    [
      'a model without a price: 400',
      () => client().messages.create({ ...ask, model: 'claude-opus-4.1' }),
      { status: 400 },
    ],
    [
      'too few credits: 402',
      () => client().messages.create({ ...ask, max_tokens: 1_900_000 }, { timeout: 10_000 }),
      { status: 402 },
    ],
  ])('%s', async (_name, act, expected) => {
    const error = await act().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Client.APIError);
    expect(error).toMatchObject(expected);
    expect((error as { requestID?: string }).requestID).toEqual(expect.any(String));
    expect(gateway.received.length).toBe(0);
  });

  test('a stream that fails in the middle throws', async () => {
    const stream = client().messages.stream(ask, scripted({ error_after: 4 }));
    await expect(stream.finalMessage()).rejects.toThrow('Overloaded');
  });
});

describe('@google/genai 3.3.0', () => {
  const client = (script: Script = {}, apiKey = customer.key) =>
    new GoogleGenAI({
      apiKey,
      httpOptions: {
        baseUrl: `${gateway.url}/google`,
        headers: { 'x-stand-in': JSON.stringify(script) },
        // The SDK looks for Node's own dispatcher in the global object, which Jest replaces.
        fetch: (...request) => fetch(...request),
      },
    });
  const ask = { model: MODEL, contents: 'Hello' };

  test('generateContent', async () => {
    const answer = await client({ text: 'Good day' }).models.generateContent(ask);
    expect(answer.text).toBe('Good day');
    expect(gateway.received[0]?.headers['x-goog-api-key']).toBe('stand-in-google-secret');
    expect(JSON.stringify(gateway.received)).not.toContain(customer.key);
  });

  test('generateContentStream', async () => {
    let text = '';
    for await (const chunk of await client({ text: 'Good day to you' }).models.generateContentStream(ask))
      text += chunk.text ?? '';
    expect(text).toBe('Good day to you');
  });

  test('a tool', async () => {
    const answer = await client({ tool: true }).models.generateContent({
      ...ask,
      config: { tools: [{ functionDeclarations: [{ name: 'weather' }] }] },
    });
    expect(answer.functionCalls).toMatchObject([{ name: 'weather', args: { city: 'Paris' } }]);
  });

  test('embeddings and counts', async () => {
    const { embeddings } = await client().models.embedContent({ model: MODEL, contents: 'Hello' });
    expect(embeddings).toMatchObject([{ values: [0.25, -0.5, 1] }]);
    expect((await client().models.countTokens(ask)).totalTokens).toBeGreaterThan(0);
  });

  test.each<[string, () => Promise<unknown>, number, string]>([
    ['a made-up key', () => client({}, 'sk-made-up').models.generateContent(ask), 401, 'UNAUTHENTICATED'],
    [
      'a model without a price',
      () => client().models.generateContent({ ...ask, model: 'gemini-0' }),
      400,
      'FAILED_PRECONDITION',
    ],
    [
      'too few credits',
      () => client().models.generateContent({ ...ask, config: { maxOutputTokens: 1_900_000 } }),
      402,
      'RESOURCE_EXHAUSTED',
    ],
    [
      'a cache of somebody else',
      () => client().models.generateContent({ ...ask, config: { cachedContent: 'cachedContents/1' } }),
      404,
      'NOT_FOUND',
    ],
  ])('%s', async (_name, act, status, word) => {
    const error = await act().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status });
    expect((error as Error).message).toContain(word);
    expect(gateway.received.length).toBe(0);
  });

  test('a stream that fails in the middle throws', async () => {
    const stream = await client({ error_after: 2 }).models.generateContentStream(ask);
    await expect(
      (async () => {
        for await (const chunk of stream) expect(chunk.text).toEqual(expect.any(String));
      })(),
    ).rejects.toMatchObject({ status: 503 });
  });
});
