import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import Anthropic0 from 'anthropic-sdk-0';
import OpenAI, { toFile } from 'openai';
import type { Script } from '@turnpike/stand-in-vendors';
import { waitFor } from '@turnpike/test-kit';
import { MODEL, type Customer, type Gateway, type Member } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** Organisations that call the vendors with keys of their own. */

/** A fifth is added to what the vendors take; where an organisation pays them itself, that fifth is all. */
const MARGIN_PERCENT = 20;
const USAGE = { prompt_tokens: 100, completion_tokens: 100, total_tokens: 200 };
const COST = 100 * 15 + 100 * 60;

let gateway: Gateway;
let acme: Member;
let canaries = 0;
beforeAll(async () => {
  gateway = await startPricedGateway({ LLM_MARGIN_PERCENT: String(MARGIN_PERCENT) });
});
beforeEach(async () => {
  acme = await gateway.member();
  gateway.received.length = 0;
});
afterAll(() => gateway.stop());

/** A key that the stand-in takes, and nobody else has. */
function newKey(): string {
  canaries += 1;
  return `stand-in-canary-${canaries}-${process.pid}`;
}

async function configure(by: Member, method: 'PUT' | 'DELETE', provider: string, value?: string): Promise<string> {
  const response = await fetch(`${gateway.edge().url}/platform/api/service/configs/providers.${provider}.api_key`, {
    method,
    headers: { authorization: `Bearer ${by.token}`, 'content-type': 'application/json' },
    ...(value === undefined ? {} : { body: JSON.stringify({ value }) }),
  });
  const text = await response.text();
  expect([response.status, text]).toEqual([200, expect.anything()]);
  return text;
}

const ask = (by: Member, script: Script = {}) =>
  gateway.post(
    '/openai/v1/chat/completions',
    by,
    { model: MODEL, messages: [{ role: 'user', content: 'Hi' }] },
    { usage: USAGE, ...script },
  );

/** The key that the vendor was called with last. */
const used = () => gateway.received.at(-1)?.headers.authorization?.replace('Bearer ', '');

async function untilUsed(by: Member, key: string): Promise<void> {
  await waitFor(async () => {
    await ask(by);
    return used() === key;
  });
}

test('a key is used as soon as it is set, for its organisation alone, and no longer once it is taken away', async () => {
  const [key, other] = [newKey(), await gateway.member()];
  await configure(acme, 'PUT', 'openai', key);
  await untilUsed(acme, key);
  await ask(other);
  expect(used()).toBe('stand-in-openai-secret');
  await gateway.post('/anthropic/v1/messages', acme, { model: MODEL, max_tokens: 10, messages: [] });
  expect(gateway.received.at(-1)?.headers['x-api-key']).toBe('stand-in-anthropic-secret');
  await configure(acme, 'DELETE', 'openai');
  await untilUsed(acme, 'stand-in-openai-secret');
});

test('who pays the vendor is charged the margin and nothing else', async () => {
  const charged = async () => {
    const id = (await ask(acme)).headers.get('x-request-id') ?? '';
    const path = `/trueportai-services/api/v1/analytics/logs?request_id=${id}`;
    return await waitFor(async () => {
      const { items } = await gateway.read(path, { authorization: `Bearer ${acme.token}` });
      const [record] = items as { cost: string; usage_source: string | null }[];
      return record?.usage_source === 'provider' ? Math.round(Number(record.cost) * 1_000_000) : undefined;
    });
  };
  expect(await charged()).toBe((COST * (100 + MARGIN_PERCENT)) / 100);
  const key = newKey();
  await configure(acme, 'PUT', 'openai', key);
  await untilUsed(acme, key);
  expect(await charged()).toBe((COST * MARGIN_PERCENT) / 100);
});

test('the key stands in no answer, log or record, also where the vendor quotes it', async () => {
  const canary = `canary-own-secret-${process.pid}`;
  expect(await configure(acme, 'PUT', 'openai', canary)).not.toContain(canary);
  const openai = new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: acme.key, maxRetries: 0 });
  const asked = () => openai.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'Hi' }] });
  const refused = await waitFor(async () => {
    const error: unknown = await asked().catch((thrown: unknown) => thrown);
    return error instanceof OpenAI.AuthenticationError ? error : undefined;
  });
  expect(refused.message).toContain('Incorrect API key provided');
  expect(JSON.stringify([refused.message, refused.error, [...(refused.headers ?? [])]])).not.toContain(canary);
  expect(used()).toBe(canary);
  const records = await gateway.read('/trueportai-services/api/v1/analytics/logs', {
    authorization: `Bearer ${acme.token}`,
  });
  expect(JSON.stringify(records)).not.toContain(canary);
  const metrics = await (await fetch(`${gateway.llm().url}/metrics`)).text();
  for (const text of [metrics, ...gateway.llm().logs(), ...gateway.edge().logs()]) expect(text).not.toContain(canary);
});

test('a vendor that fails with the key of one organisation is given no pause for the others', async () => {
  const [key, other] = [newKey(), await gateway.member()];
  await configure(acme, 'PUT', 'openai', key);
  await untilUsed(acme, key);
  await waitFor(async () => (await ask(acme, { status: 500 })).status === 503);
  expect((await ask(other)).status).toBe(200);
});

const openaiOf = ({ key }: Customer) => new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: key, maxRetries: 0 });
const notFound = { status: 404, code: 'not_found' };

test('E26: under a shared account files are used, listed and deleted by whoever made them, and are 404 to everybody else', async () => {
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
  expect((await mine.responses.inputItems.list(id)).data).toEqual([]);
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
    () => theirs.responses.create({ ...ask, input: [{ type: 'item_reference', id: 'msg_1' }] }),
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
