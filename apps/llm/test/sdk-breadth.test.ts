import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import Anthropic0 from 'anthropic-sdk-0';
import OpenAI, { AzureOpenAI, toFile } from 'openai';
import OpenAI6, { AzureOpenAI as AzureOpenAI6 } from 'openai-sdk-6';
import type { Script } from '@turnpike/stand-in-vendors';
import { MODEL, type Customer, type Gateway } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** The vendors' own SDKs beyond a first text: images that are asked about, files, embeddings, lists, and all of it at Azure. */

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

const scripted = (script: Script) => ({ headers: { 'x-stand-in': JSON.stringify(script) } });
/** A picture as an SDK sends it: longer than a text without a space would be. */
const PICTURE = Buffer.alloc(3_000, 7).toString('base64');
const DATA_URL = `data:image/png;base64,${PICTURE}`;
const hello = [{ role: 'user' as const, content: 'Hello' }];
const sent = () => gateway.received.at(-1)?.body ?? '';
const file = () => toFile(Buffer.from('in it'), 'a.txt');
const asking = [
  {
    role: 'user' as const,
    content: [
      { type: 'text' as const, text: 'What is it?' },
      { type: 'image_url' as const, image_url: { url: DATA_URL } },
    ],
  },
];

async function textOf(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

/** Makes, lists, reads and deletes a file; the ids that were listed. */
async function throughFiles(client: OpenAI): Promise<void> {
  const { id } = await client.files.create({ file: await file(), purpose: 'assistants' });
  expect((await client.files.list()).data.map((each) => each.id)).toContain(id);
  expect(await client.files.retrieve(id)).toMatchObject({ id, filename: 'a.txt' });
  expect(await (await client.files.content(id)).text()).toBe('in it');
  expect(await client.files.delete(id)).toMatchObject({ id, deleted: true });
}

describe.each<[string, () => OpenAI, model: string]>([
  ['openai 7.59.0', () => new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: customer.key }), MODEL],
  [
    'openai 6.49.0',
    () => new OpenAI6({ baseURL: `${gateway.url}/openai/v1`, apiKey: customer.key }) as unknown as OpenAI,
    MODEL,
  ],
  ...(
    [
      ['Azure, openai 7.59.0', AzureOpenAI],
      ['Azure, openai 6.49.0', AzureOpenAI6 as unknown as typeof AzureOpenAI],
    ] as const
  ).map(([name, Client]): [string, () => OpenAI, string] => [
    name,
    () =>
      new Client({
        endpoint: `${gateway.url}/azure/my-resource/my-deployment`,
        apiKey: customer.key,
        apiVersion: '2024-10-21',
      }),
    'my-deployment',
  ]),
])('%s', (_name, client, model) => {
  test('a picture is asked about, and arrives as it was', async () => {
    await client().chat.completions.create({ model, messages: asking });
    expect(sent()).toContain(DATA_URL);
    const content = [
      { type: 'input_text' as const, text: 'What is it?' },
      { type: 'input_image' as const, image_url: DATA_URL, detail: 'auto' as const },
    ];
    await client().responses.create({ model, input: [{ role: 'user', content }] });
    expect(sent()).toContain(DATA_URL);
  });

  test('chat streamed, and with a tool', async () => {
    const stream = await client().chat.completions.create(
      { model, messages: hello, stream: true },
      scripted({ text: 'Good day to you' }),
    );
    expect(await textOf(stream)).toBe('Good day to you');
    const answer = await client().chat.completions.create(
      { model, messages: hello, tools: [{ type: 'function', function: { name: 'weather' } }] },
      scripted({ tool: true }),
    );
    expect(answer.choices[0]?.message.tool_calls).toMatchObject([{ function: { name: 'weather' } }]);
  });

  test('responses, embeddings, moderations, lists of models, files', async () => {
    let last = '';
    for await (const event of await client().responses.create({ model, input: 'Hello', stream: true }))
      last = event.type;
    expect(last).toBe('response.completed');
    const { data } = await client().embeddings.create({ model, input: 'a' });
    expect(data[0]?.embedding).toEqual([0.25, -0.5, 1]);
    expect((await client().moderations.create({ input: 'a', model })).results).toEqual([{ flagged: false }]);
    expect((await client().models.list()).data.map(({ id }) => id)).toContain('gpt-4o');
    expect(await client().models.retrieve('gpt-4o')).toMatchObject({ id: 'gpt-4o' });
    await throughFiles(client());
  });

  test('pictures and speech are made', async () => {
    const made = await client().images.generate({ model, prompt: 'A bird' });
    expect(made.data).toEqual([{ b64_json: 'aGVsbG8=' }]);
    const speech = await client().audio.speech.create({ model, voice: 'alloy', input: 'Hello' });
    expect((await speech.arrayBuffer()).byteLength).toBe(1_000);
  });
});

test.each([
  ['openai 7.59.0', OpenAI],
  ['openai 6.49.0', OpenAI6 as unknown as typeof OpenAI],
])('%s: pictures are changed and varied, by the field of a form that names the model', async (_name, Client) => {
  const client = new Client({ baseURL: `${gateway.url}/openai/v1`, apiKey: customer.key });
  const image = await toFile(Buffer.from(PICTURE, 'base64'), 'a.png', { type: 'image/png' });
  const before = await gateway.balance(customer);
  const varied = await client.images.createVariation({ model: MODEL, image, n: 2 });
  expect(varied.data).toEqual([{ b64_json: 'aGVsbG8=' }]);
  // 10 tokens in, 100 out.
  await gateway.charged(customer, before, 10n * 15n + 100n * 60n);
  await expect(client.images.createVariation({ image })).rejects.toMatchObject({ status: 400 });
});

describe.each([
  ['@anthropic-ai/sdk 1.14.0', Anthropic],
  ['@anthropic-ai/sdk 0.137.0', Anthropic0 as unknown as typeof Anthropic],
])('%s', (_name, Client) => {
  const client = () => new Client({ baseURL: `${gateway.url}/anthropic`, apiKey: customer.key });

  test('a picture is asked about, a tool is called, models are shown', async () => {
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data: PICTURE };
    await client().messages.create({
      model: MODEL,
      max_tokens: 10,
      messages: [{ role: 'user', content: [{ type: 'image', source }] }],
    });
    expect(sent()).toContain(PICTURE);
    const answer = await client().messages.create(
      { model: MODEL, max_tokens: 10, messages: hello, tools: [{ name: 'weather', input_schema: { type: 'object' } }] },
      scripted({ tool: true }),
    );
    expect(answer.content).toMatchObject([{ type: 'tool_use', name: 'weather' }]);
    expect((await client().models.list()).data.length).toBe(2);
  });

  test('files', async () => {
    const { files } = client().beta as unknown as Anthropic0['beta'];
    const own = 'files' in client() ? (client() as unknown as { files: Anthropic0['beta']['files'] }).files : files;
    const made = await own.upload({ file: await file() });
    const listed: string[] = [];
    for await (const each of own.list()) listed.push(each.id);
    expect(listed).toContain(made.id);
    await own.delete(made.id);
  });
});

test('@google/genai 3.3.0: a picture is asked about, models are listed and shown, files go up', async () => {
  const client = new GoogleGenAI({
    apiKey: customer.key,
    // The SDK looks for Node's own dispatcher in the global object, which Jest replaces.
    httpOptions: { baseUrl: `${gateway.url}/google`, fetch: (...request) => fetch(...request) },
  });
  const contents = [{ parts: [{ text: 'What is it?' }, { inlineData: { mimeType: 'image/png', data: PICTURE } }] }];
  await client.models.generateContent({ model: MODEL, contents });
  expect(sent()).toContain(PICTURE);
  const models: string[] = [];
  for await (const { name } of await client.models.list()) models.push(String(name));
  expect(models).toEqual(['models/gemini-2.5-flash', 'models/gemini-2.5-pro']);
  const uploaded = await client.files.upload({ file: new Blob(['x'], { type: 'text/plain' }) });
  expect(await client.files.get({ name: String(uploaded.name) })).toMatchObject({ name: uploaded.name });
});
