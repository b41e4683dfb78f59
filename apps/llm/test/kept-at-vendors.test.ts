import { createOpenAI } from '@ai-sdk/openai';
import { ApiError, GoogleGenAI, type File as GoogleFile } from '@google/genai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { generateText, jsonSchema, stepCountIs, streamText, tool, type ModelMessage } from 'ai';
import Anthropic0 from 'anthropic-sdk-0';
import OpenAI, { toFile } from 'openai';
import { waitFor } from '@turnpike/test-kit';
import { MODEL, type Customer, type Gateway, type Member } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** What callers keep at vendors under an account that all share. */

let gateway: Gateway;
let acme: Member;
beforeAll(async () => {
  gateway = await startPricedGateway();
});
beforeEach(async () => {
  acme = await gateway.member();
  gateway.received.length = 0;
});
afterAll(() => gateway.stop());

const openaiOf = ({ key }: Customer) => new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: key, maxRetries: 0 });
const notFound = { status: 404, code: 'not_found' };

test('E26: files under a shared account are used, listed and deleted by whoever made them, and are 404 to everybody else', async () => {
  const [mine, theirs] = [openaiOf(acme), openaiOf(await gateway.customer())];
  const made = [];
  for (const name of ['a.txt', 'b.txt', 'c.txt'])
    made.push(await mine.files.create({ file: await toFile(Buffer.from(`in ${name}`), name), purpose: 'user_data' }));
  const [first, second, third] = made.map(({ id }) => id);
  const id = String(first);
  expect(await (await mine.files.content(id)).text()).toBe('in a.txt');
  expect(await mine.files.retrieve(id)).toMatchObject({ filename: 'a.txt' });
  const listed = [];
  for await (const file of mine.files.list({ limit: 2, order: 'desc' })) listed.push(file.id);
  expect(listed).toEqual([third, second, first]);
  expect((await mine.files.list({ purpose: 'batch' })).data).toEqual([]);
  expect((await theirs.files.list()).data).toEqual([]);
  gateway.received.length = 0;
  const input = [{ role: 'user' as const, content: [{ type: 'input_file' as const, file_id: id }] }];
  for (const act of [
    () => theirs.files.retrieve(id),
    () => theirs.files.content(id),
    () => theirs.files.delete(id),
    () => theirs.files.list({ after: id }),
    () => theirs.responses.create({ model: MODEL, input }),
  ])
    await expect(act()).rejects.toMatchObject(notFound);
  expect(gateway.received).toEqual([]);
  await mine.responses.create({ model: MODEL, input });
  await mine.files.delete(id);
  await expect(mine.files.retrieve(id)).rejects.toMatchObject(notFound);
  expect((await mine.files.list()).data.length).toBe(2);
});

test('E26: so are stored responses and conversations, also where a body names them', async () => {
  const [mine, theirs] = [openaiOf(acme), openaiOf(await gateway.customer())];
  const { id } = await mine.responses.create({ model: MODEL, input: 'Hello' });
  let streamed = '';
  for await (const event of await mine.responses.create({ model: MODEL, input: 'Hello', stream: true }))
    if (event.type === 'response.completed') streamed = event.response.id;
  const unstored = await mine.responses.create({ model: MODEL, input: 'Hello', store: false });
  const conversation = await mine.conversations.create();
  const before = await gateway.calls(acme.organisationId);
  for (const each of [id, streamed]) expect(await mine.responses.retrieve(each)).toMatchObject({ id: each });
  expect((await mine.responses.inputItems.list(id)).data.length).toBe(1);
  expect((await mine.conversations.items.list(conversation.id)).data).toEqual([]);
  expect(await gateway.calls(acme.organisationId)).toEqual(before);
  await mine.responses.create({ model: MODEL, input: 'And?', previous_response_id: id });
  await mine.responses.create({ model: MODEL, input: 'And?', conversation: { id: conversation.id } });
  gateway.received.length = 0;
  const ask = { model: MODEL, input: 'And?' };
  for (const act of [
    () => theirs.responses.retrieve(id),
    () => theirs.responses.delete(streamed),
    () => theirs.responses.cancel(id),
    () => theirs.responses.create({ ...ask, previous_response_id: id }),
    () => theirs.responses.create({ ...ask, conversation: conversation.id }),
    () => theirs.conversations.items.list(conversation.id),
    () => mine.responses.retrieve(unstored.id),
  ])
    await expect(act()).rejects.toMatchObject(notFound);
  expect(gateway.received).toEqual([]);
  await mine.responses.delete(id);
  await expect(mine.responses.retrieve(id)).rejects.toMatchObject(notFound);
});

test("E26: Anthropic's files are so as well", async () => {
  const clientOf = ({ key }: Customer) =>
    new Anthropic0({ baseURL: `${gateway.url}/anthropic`, apiKey: key, maxRetries: 0 });
  const [mine, theirs] = [clientOf(acme), clientOf(await gateway.customer())];
  const file = await mine.beta.files.upload({ file: await toFile(Buffer.from('hello'), 'a.txt') });
  expect((await mine.beta.files.list()).data).toEqual([expect.objectContaining({ id: file.id })]);
  expect((await theirs.beta.files.list()).data).toEqual([]);
  await expect(theirs.beta.files.retrieveMetadata(file.id)).rejects.toMatchObject({ status: 404 });
  const source = { type: 'file', file_id: file.id };
  const body = { model: MODEL, max_tokens: 10, messages: [{ role: 'user', content: [{ type: 'document', source }] }] };
  const statuses = [];
  for (const by of [await gateway.customer(), acme])
    statuses.push((await gateway.post('/anthropic/v1/messages', by, body)).status);
  expect(statuses).toEqual([404, 200]);
  await mine.beta.files.delete(file.id);
  await expect(mine.beta.files.retrieveMetadata(file.id)).rejects.toMatchObject({ status: 404 });
});

test("E40, E26: Google's files go up in parts through the gateway, and are used, listed and deleted by whoever made them", async () => {
  const clientOf = ({ key }: Customer) =>
    new GoogleGenAI({
      apiKey: key,
      // The SDK looks for Node's own dispatcher in the global object, which Jest replaces.
      httpOptions: { baseUrl: `${gateway.url}/google`, fetch: (...request) => fetch(...request) },
    });
  const [mine, theirs] = [clientOf(acme), clientOf(await gateway.customer())];
  const megabytes = 9;
  const text = new Blob(['0123456789abcdef'.repeat(65_536 * megabytes)], { type: 'text/plain' });
  const files: GoogleFile[] = [];
  files.push(await mine.files.upload({ file: text, config: { displayName: 'nine' } }));
  const [begun, ...parts] = gateway.received;
  expect(parts.map(({ headers }) => headers['x-goog-upload-command'])).toEqual(['upload', 'upload, finalize']);
  expect(begun?.headers['x-goog-api-key']).toBe('stand-in-google-secret');
  expect(files[0]).toMatchObject({ displayName: 'nine', sizeBytes: String(text.size), mimeType: 'text/plain' });
  files.push(await mine.files.upload({ file: new Blob(['two'], { type: 'text/plain' }) }));
  const [name, uri] = [String(files[0]?.name), String(files[0]?.uri)];
  expect(await mine.files.get({ name })).toMatchObject({ name });
  const listed: string[] = [];
  for await (const file of await mine.files.list({ config: { pageSize: 1 } })) listed.push(String(file.name));
  expect(listed).toEqual([files[1]?.name, name]);
  expect((await theirs.files.list()).page).toEqual([]);
  const ask = (fileUri: string) => ({
    model: MODEL,
    contents: [{ parts: [{ text: 'What is in it?' }, { fileData: { fileUri, mimeType: 'text/plain' } }] }],
  });
  await mine.models.generateContent(ask(uri));
  const part = String(parts[0]?.target);
  gateway.received.length = 0;
  const stranger = await gateway.customer();
  const refused = await gateway.post(part, stranger, 'x', undefined, { 'x-goog-upload-command': 'upload' });
  expect(refused.status).toBe(404);
  for (const act of [
    () => theirs.files.get({ name }),
    () => theirs.files.delete({ name }),
    () => theirs.models.generateContent(ask(uri)),
    () => theirs.models.generateContent(ask(name)),
    () => theirs.models.generateContent(ask(uri.replace('/files/', '/%66iles/'))),
    () => theirs.models.countTokens(ask(uri)),
    () =>
      theirs.models.generateContent({
        model: MODEL,
        contents: 'Hi',
        config: { systemInstruction: ask(uri).contents[0] ?? '' },
      }),
  ]) {
    const error: unknown = await act().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 404 });
  }
  expect(gateway.received).toEqual([]);
  await mine.files.delete({ name });
  await expect(mine.files.get({ name })).rejects.toMatchObject({ status: 404 });
  expect((await mine.files.list()).page.map((file) => file.name)).toEqual([files[1]?.name]);
});

/** The items that arrived at the vendor by their ids alone with the latest request, by type of id. */
function arrived(): string[] {
  const { input } = JSON.parse(gateway.received.at(-1)?.body ?? '') as { input: { type?: string; id: string }[] };
  return input.filter(({ type }) => type === 'item_reference').map(({ id }) => id.split('_')[0] ?? '');
}

describe('items of responses that are named by their ids alone', () => {
  test('the AI SDK names what its model said before, and what it thought before it called a tool', async () => {
    const model = (script: object = {}) =>
      createOpenAI({
        baseURL: `${gateway.url}/openai/v1`,
        apiKey: acme.key,
        headers: { 'x-stand-in': JSON.stringify(script) },
      }).responses(MODEL);
    const messages: ModelMessage[] = [{ role: 'user', content: 'What is the weather?' }];
    const weather = tool({
      inputSchema: jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } } }),
      execute: ({ city }) => Promise.resolve(`Sunny in ${city}`),
    });
    const asked = { messages, tools: { weather }, stopWhen: stepCountIs(3), maxRetries: 0 };
    const answer = await generateText({ ...asked, model: model({ tool: true, text: 'It is sunny.' }) });
    expect(answer.text).toBe('It is sunny.');
    expect(arrived()).toEqual(['rs']);
    messages.push(...answer.responseMessages, { role: 'user', content: 'And tomorrow?' });
    const streamed = streamText({ ...asked, model: model({ text: 'Rain.' }) });
    expect(await streamed.text).toBe('Rain.');
    expect(arrived()).toEqual(['rs', 'msg']);
    messages.push(...(await streamed.responseMessages), { role: 'user', content: 'Thanks' });
    await generateText({ ...asked, model: model() });
    expect(arrived()).toEqual(['rs', 'msg', 'msg']);
  });

  test('are known as soon as the last event of a stream is seen, and to nobody else', async () => {
    const [mine, theirs] = [openaiOf(acme), openaiOf(await gateway.customer())];
    const ids: string[] = [];
    for await (const event of await mine.responses.create({ model: MODEL, input: 'Hello', stream: true })) {
      if (event.type !== 'response.completed') continue;
      ids.push(...event.response.output.map(({ id }) => String(id)));
      await mine.responses.create({ model: MODEL, input: [{ type: 'item_reference', id: String(ids[0]) }] });
    }
    const { output } = await mine.responses.create({ model: MODEL, input: 'Hello' });
    ids.push(String(output[0]?.id));
    expect(new Set(ids).size).toBe(2);
    gateway.received.length = 0;
    for (const id of [...ids, 'msg_unknown']) {
      const input = [{ type: 'item_reference' as const, id }];
      await expect(theirs.responses.create({ model: MODEL, input })).rejects.toMatchObject(notFound);
      await expect(theirs.responses.inputTokens.count({ model: MODEL, input })).rejects.toMatchObject(notFound);
      await expect(theirs.conversations.create({ items: input })).rejects.toMatchObject(notFound);
      const thought = [{ type: 'reasoning' as const, id, summary: [] }];
      await expect(theirs.responses.create({ model: MODEL, input: thought })).rejects.toMatchObject(notFound);
    }
    expect(gateway.received).toEqual([]);
    const sealed = [{ type: 'reasoning' as const, id: 'rs_elsewhere', summary: [], encrypted_content: 'gAAAA' }];
    await theirs.responses.create({ model: MODEL, input: sealed });
  });

  test('so are what was asked, once it was listed, and items of conversations; what is deleted is gone', async () => {
    const mine = openaiOf(acme);
    const reference = (id: string | undefined) => ({
      model: MODEL,
      input: [{ type: 'item_reference' as const, id: String(id) }],
    });
    const { id } = await mine.responses.create({ model: MODEL, input: 'Hello' });
    const [asked] = (await mine.responses.inputItems.list(id)).data;
    await mine.responses.create(reference(asked?.id));
    const conversation = await mine.conversations.create();
    const items = [{ role: 'user' as const, content: 'Hello', type: 'message' as const }];
    const [added] = (await mine.conversations.items.create(conversation.id, { items })).data;
    await mine.responses.create(reference(added?.id));
    const unstored = await mine.responses.create({ model: MODEL, input: 'Hello', store: false });
    await mine.responses.delete(id);
    await mine.conversations.delete(conversation.id);
    for (const gone of [asked?.id, added?.id, unstored.output[0]?.id])
      await expect(mine.responses.create(reference(gone))).rejects.toMatchObject(notFound);
  });
});

test('what somebody kept is deleted at the vendors once they are erased, the items of a conversation with it; an organisation’s stays', async () => {
  const somebody = await gateway.customer();
  const [theirs, shared] = [openaiOf(somebody), openaiOf(acme)];
  const file = await theirs.files.create({ file: await toFile(Buffer.from('x'), 'a.txt'), purpose: 'user_data' });
  const response = await theirs.responses.create({ model: MODEL, input: 'Hello' });
  const items = [{ role: 'user' as const, content: 'Hello', type: 'message' as const }];
  const conversation = await theirs.conversations.create({ items });
  const claude = new Anthropic0({ baseURL: `${gateway.url}/anthropic`, apiKey: somebody.key });
  const upload = await claude.beta.files.upload({ file: await toFile(Buffer.from('x'), 'a.txt') });
  const kept = await shared.responses.create({ model: MODEL, input: 'Hello' });
  await gateway.erase(somebody.userId);
  const deletions = () => gateway.received.filter(({ method }) => method === 'DELETE').map(({ target }) => target);
  const expected = [
    `/openai/v1/files/${file.id}`,
    `/openai/v1/responses/${response.id}`,
    `/openai/v1/conversations/${conversation.id}`,
    `/anthropic/v1/files/${upload.id}`,
  ];
  await waitFor(() => expected.every((target) => deletions().includes(target)));
  expect(deletions().filter((target) => target.includes(`/conversations/${conversation.id}/items/`)).length).toBe(1);
  expect(await shared.responses.retrieve(kept.id)).toMatchObject({ id: kept.id });
  await waitFor(async () => {
    const metrics = await (await fetch(`${gateway.llm().url}/metrics`)).text();
    return /^turnpike_llm_vendor_deletions_total\{outcome="deleted",[^}]*\} 4$/m.test(metrics);
  });
});
