import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import OpenAI, { AzureOpenAI, toFile } from 'openai';
import { waitFor } from '@turnpike/test-kit';
import { MODEL, type Customer, type Gateway, type Member } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** E26 of what vendors keep besides files, responses and conversations: each is its maker's alone. */

let gateway: Gateway;
let acme: Member;
let stranger: Customer;
beforeAll(async () => {
  gateway = await startPricedGateway();
  stranger = await gateway.customer();
});
beforeEach(async () => {
  acme = await gateway.member();
  gateway.received.length = 0;
});
afterAll(() => gateway.stop());

const openaiOf = ({ key }: Customer) => new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: key, maxRetries: 0 });
const notFound = { status: 404, code: 'not_found' };

/** Each is 404, and the vendor hears of none. */
async function refused(acts: readonly (() => PromiseLike<unknown>)[]): Promise<void> {
  gateway.received.length = 0;
  for (const act of acts) await expect(act()).rejects.toMatchObject({ status: 404 });
  expect(gateway.received).toEqual([]);
}

test('E26: vector stores, with files of the same owner alone, which its own searches may name', async () => {
  const [mine, theirs] = [openaiOf(acme), openaiOf(stranger)];
  const file = async (client: OpenAI) =>
    (await client.files.create({ file: await toFile(Buffer.from('in it'), 'a.txt'), purpose: 'assistants' })).id;
  const [own, foreign] = [await file(mine), await file(theirs)];
  const store = await mine.vectorStores.create({ name: 'notes', file_ids: [own] });
  const other = await mine.vectorStores.create({ name: 'more' });
  expect((await mine.vectorStores.list()).data.map(({ id, status }) => [id, status])).toEqual([
    [other.id, 'in_progress'],
    [store.id, 'in_progress'],
  ]);
  expect(await mine.vectorStores.retrieve(store.id)).toMatchObject({ id: store.id, status: 'completed' });
  expect((await mine.vectorStores.list({ limit: 1, after: other.id })).data).toMatchObject([{ status: 'completed' }]);
  expect((await mine.vectorStores.list({ before: store.id })).data).toMatchObject([{ id: other.id }]);
  const oldestFirst: string[] = [];
  for await (const { id } of mine.vectorStores.list({ limit: 1, order: 'asc' })) oldestFirst.push(id);
  expect(oldestFirst).toEqual([store.id, other.id]);
  expect(await mine.vectorStores.files.create(store.id, { file_id: own })).toMatchObject({ id: own });
  expect((await mine.vectorStores.files.list(store.id)).data).toMatchObject([{ id: own }]);
  await mine.vectorStores.fileBatches.create(store.id, { files: [{ file_id: own }] });
  expect((await mine.vectorStores.search(store.id, { query: 'notes' })).data).toEqual([]);
  const tools = [{ type: 'file_search' as const, vector_store_ids: [store.id] }];
  await mine.responses.create({ model: MODEL, input: 'Hello', tools });
  expect((await theirs.vectorStores.list()).data).toEqual([]);
  await refused([
    () => theirs.vectorStores.retrieve(store.id),
    () => theirs.vectorStores.update(store.id, { name: 'mine' }),
    () => theirs.vectorStores.delete(store.id),
    () => theirs.vectorStores.search(store.id, { query: 'notes' }),
    () => theirs.vectorStores.files.list(store.id),
    () => theirs.vectorStores.files.content(own, { vector_store_id: store.id }),
    () => theirs.vectorStores.create({ file_ids: [own] }),
    () => mine.vectorStores.create({ file_ids: [own, foreign] }),
    () => mine.vectorStores.files.create(store.id, { file_id: foreign }),
    () => mine.vectorStores.fileBatches.create(store.id, { file_ids: [foreign] }),
    () => mine.vectorStores.fileBatches.create(store.id, { files: [{ file_id: own }, { file_id: foreign }] }),
    () => theirs.responses.create({ model: MODEL, input: 'Hello', tools }),
  ]);
  await mine.vectorStores.delete(store.id);
  await refused([() => mine.vectorStores.retrieve(store.id)]);
});

test('E26: containers, those included that the vendor makes for a response', async () => {
  const [mine, theirs] = [openaiOf(acme), openaiOf(stranger)];
  const container = await mine.containers.create({ name: 'box' });
  const file = await mine.containers.files.create(container.id, { file: await toFile(Buffer.from('1'), 'a.txt') });
  expect((await mine.containers.files.list(container.id)).data).toMatchObject([{ id: file.id }]);
  const auto = [{ type: 'code_interpreter' as const, container: { type: 'auto' as const } }];
  const whole = await mine.responses.create({ model: MODEL, input: 'Hello', tools: auto });
  const made = whole.output.flatMap((item) => (item.type === 'code_interpreter_call' ? [item.container_id] : []));
  for await (const event of await mine.responses.create({ model: MODEL, input: 'Hello', tools: auto, stream: true }))
    if (event.type === 'response.completed')
      for (const item of event.response.output) if ('container_id' in item) made.push(item.container_id);
  expect(made.length).toBe(2);
  for (const id of made) expect(await mine.containers.retrieve(id)).toMatchObject({ id });
  const toolsOf = (id: string) => [{ type: 'code_interpreter' as const, container: id }];
  const shell = [
    { type: 'shell' as const, environment: { type: 'container_reference' as const, container_id: container.id } },
  ];
  await mine.responses.create({ model: MODEL, input: 'Hello', tools: toolsOf(String(made[0])) });
  await mine.responses.create({ model: MODEL, input: whole.output as OpenAI.Responses.ResponseInput, tools: shell });
  const ask = { model: MODEL, input: 'Hello' };
  await refused([
    () => theirs.containers.retrieve(container.id),
    () => theirs.containers.retrieve(String(made[1])),
    () => theirs.containers.files.content.retrieve(file.id, { container_id: container.id }),
    () => theirs.containers.delete(container.id),
    () => theirs.responses.create({ ...ask, tools: toolsOf(String(made[0])) }),
    () => theirs.responses.create({ ...ask, tools: shell }),
    () => theirs.responses.create({ ...ask, input: whole.output as OpenAI.Responses.ResponseInput }),
    () => mine.containers.create({ name: 'box', skills: [{ type: 'skill_reference', skill_id: 'skill_1' }] }),
  ]);
  expect((await mine.containers.list()).data.map(({ id }) => id)).toEqual([made[1], made[0], container.id]);
  await mine.containers.delete(container.id);
  expect((await mine.containers.list()).data.map(({ id }) => id)).not.toContain(container.id);
});

test('E26: files that go up in parts', async () => {
  const [mine, theirs] = [openaiOf(acme), openaiOf(stranger)];
  const begun = await mine.uploads.create({
    bytes: 6,
    filename: 'a.txt',
    mime_type: 'text/plain',
    purpose: 'assistants',
  });
  const parts: string[] = [];
  for (const text of ['one', 'two'])
    parts.push((await mine.uploads.parts.create(begun.id, { data: await toFile(Buffer.from(text), 'part') })).id);
  await refused([() => theirs.uploads.complete(begun.id, { part_ids: parts }), () => theirs.uploads.cancel(begun.id)]);
  const { file } = await mine.uploads.complete(begun.id, { part_ids: parts });
  const id = String(file?.id);
  expect(await (await mine.files.content(id)).text()).toBe('onetwo');
  expect((await mine.files.list()).data).toMatchObject([{ id, filename: 'a.txt' }]);
  await refused([() => theirs.files.retrieve(id)]);
  const ended = await mine.uploads.create({
    bytes: 1,
    filename: 'b.txt',
    mime_type: 'text/plain',
    purpose: 'assistants',
  });
  await mine.uploads.cancel(ended.id);
  await refused([() => mine.uploads.complete(ended.id, { part_ids: [] })]);
});

test('E26: chat completions that are stored, streamed ones as well; their list is refused', async () => {
  const [mine, theirs] = [openaiOf(acme), openaiOf(stranger)];
  const ask = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };
  const { id } = await mine.chat.completions.create({ ...ask, store: true });
  let streamed = '';
  for await (const chunk of await mine.chat.completions.create({ ...ask, store: true, stream: true }))
    streamed = chunk.id;
  const unstored = await mine.chat.completions.create(ask);
  const before = await gateway.calls(acme.organisationId);
  for (const each of [id, streamed]) expect(await mine.chat.completions.retrieve(each)).toMatchObject({ id: each });
  expect((await mine.chat.completions.messages.list(id)).data).toMatchObject([{ content: 'Hello' }]);
  expect(await mine.chat.completions.update(id, { metadata: { a: 'b' } })).toMatchObject({ metadata: { a: 'b' } });
  expect(await gateway.calls(acme.organisationId)).toEqual(before);
  await refused([
    () => theirs.chat.completions.retrieve(id),
    () => theirs.chat.completions.update(id, { metadata: null }),
    () => theirs.chat.completions.messages.list(streamed),
    () => theirs.chat.completions.delete(id),
    () => mine.chat.completions.retrieve(unstored.id),
    () => mine.chat.completions.list(),
  ]);
  await mine.chat.completions.delete(id);
  await refused([() => mine.chat.completions.retrieve(id)]);
});

test("E26: Anthropic's skills, whose own are everybody's", async () => {
  const clientOf = ({ key }: Customer) =>
    new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: key, maxRetries: 0 });
  const [mine, theirs] = [clientOf(acme), clientOf(stranger)];
  const files = [await toFile(Buffer.from('---\nname: x\n---'), 'x/SKILL.md')];
  const made: string[] = [];
  for (let count = 0; count < 2; count += 1) made.push((await mine.skills.create({ files })).id);
  const [first = '', second] = made;
  const listed: string[] = [];
  for await (const skill of mine.skills.list({ limit: 1 })) listed.push(skill.id);
  expect(listed).toEqual([second, first]);
  await mine.skills.versions.create(first, { files });
  expect((await mine.skills.versions.list(first)).data.length).toBe(1);
  const messages = [{ role: 'user', content: 'Hello' }];
  const ask = (by: Customer, container: unknown) =>
    gateway.post('/anthropic/v1/messages', by, { model: MODEL, max_tokens: 10, messages, container });
  const custom = { skills: [{ type: 'custom', skill_id: first }] };
  expect((await ask(acme, custom)).status).toBe(200);
  expect((await ask(stranger, { skills: [{ type: 'anthropic', skill_id: 'pptx', version: 'latest' }] })).status).toBe(
    200,
  );
  await refused([
    () => theirs.skills.retrieve(first),
    () => theirs.skills.delete(first),
    () => theirs.skills.versions.list(first),
  ]);
  for (const container of [custom, 'container_1', { id: 'container_1' }, { skills: [{ skill_id: 1 }] }])
    expect((await ask(stranger, container)).status).toBe(404);
  expect(gateway.received).toEqual([]);
  await mine.skills.delete(String(second));
  await refused([() => mine.skills.retrieve(String(second))]);
});

test('at Azure they lie beside the deployments', async () => {
  const client = new AzureOpenAI({
    endpoint: `${gateway.url}/azure/my-resource/my-deployment`,
    apiKey: acme.key,
    apiVersion: '2024-10-21',
    maxRetries: 0,
  });
  const { id } = await client.vectorStores.create({});
  await client.chat.completions.create({
    model: 'x',
    messages: [{ role: 'user', content: 'Hello' }],
    store: true,
  });
  expect(gateway.received.map(({ target }) => target)).toEqual([
    '/azure/openai/vector_stores?api-version=2024-10-21',
    '/azure/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21',
  ]);
  await expect(openaiOf(acme).vectorStores.retrieve(id)).rejects.toMatchObject(notFound);
});

test('an owner keeps only so many', async () => {
  const rows = (kind: string) =>
    gateway.sql(`INSERT INTO kept_object (credential_id, id, kind, organisation_id, environment, object)
      SELECT 'openai', '${kind}-${acme.organisationId}-' || n, '${kind}', '${acme.organisationId}', 'prod', '{}' FROM generate_series(1, 100) n`);
  await rows('vector_store');
  await rows('container');
  const client = openaiOf(acme);
  await expect(client.vectorStores.create({})).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('At most 100 vector stores'),
  });
  await expect(client.containers.create({ name: 'box' })).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('At most 100 containers can be made in a day'),
  });
  await gateway.sql(`UPDATE kept_object SET created_at = now() - interval '25 hours' WHERE kind = 'container'`);
  await client.containers.create({ name: 'box' });
});

test('what somebody kept who is erased is deleted at the vendor, a skill after its versions', async () => {
  const person = await gateway.customer();
  const client = openaiOf(person);
  await client.vectorStores.create({});
  const skill = await gateway.post(
    '/anthropic/v1/skills',
    person,
    '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x--',
    undefined,
    {
      'content-type': 'multipart/form-data; boundary=x',
    },
  );
  const { id } = (await skill.json()) as { id: string };
  await gateway.post(
    `/anthropic/v1/skills/${id}/versions`,
    person,
    '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x--',
    undefined,
    {
      'content-type': 'multipart/form-data; boundary=x',
    },
  );
  gateway.received.length = 0;
  await gateway.erase(person.userId);
  await waitFor(() => gateway.received.filter(({ method }) => method === 'DELETE').length === 3);
  const targets = gateway.received.filter(({ method }) => method === 'DELETE').map(({ target }) => target);
  expect(targets.filter((target) => target.includes('/vector_stores/vs_')).length).toBe(1);
  const [version, whole] = targets.filter((target) => target.includes('/skills/'));
  expect(version).toMatch(/\/versions\/\w+$/);
  expect(whole).toMatch(new RegExp(`/skills/${id}$`));
});
