import { GoogleGenAI, type BatchJob } from '@google/genai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Script } from '@turnpike/stand-in-vendors';
import { waitFor } from '@turnpike/test-kit';
import { MODEL, type Customer, type Gateway } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** Google's batches through its SDK: held when they are made, charged by their answers when they end, at half the price, and their maker's alone. */

const usage = { promptTokenCount: 20, candidatesTokenCount: 10 };
/** Micro-credits of a request with this usage in a batch: 15 for a token in and 60 for one out, halved. */
const EACH = 450n;
/** Looks that no test waits for. */
const FOREVER = 100_000;

let gateway: Gateway;
let customer: Customer;
beforeAll(async () => {
  gateway = await startPricedGateway({ LLM_BATCH_POLL_SECONDS: '1' });
});
beforeEach(async () => {
  customer = await gateway.customer();
  gateway.received.length = 0;
});
afterAll(async () => {
  await gateway.verify();
  await gateway.stop();
});

const clientOf = ({ key }: Customer, script: Script = {}) =>
  new GoogleGenAI({
    apiKey: key,
    httpOptions: {
      baseUrl: `${gateway.url}/google`,
      headers: { 'x-stand-in': JSON.stringify({ usage, ...script }) },
      // The SDK looks for Node's own dispatcher in the global object, which Jest replaces.
      fetch: (...request) => fetch(...request),
    },
  });
const requestOf = (text: string) => ({ contents: [{ parts: [{ text }] }], config: { maxOutputTokens: 100 } });
const make = (by: Customer, count: number, script: Script = {}) =>
  clientOf(by, script).batches.create({
    model: MODEL,
    src: Array.from({ length: count }, (_, index) => requestOf(`Request ${index}`)),
    config: { displayName: 'nightly' },
  });
const ended = (by: Customer, name = '') =>
  waitFor(async () => {
    const batch: BatchJob = await clientOf(by).batches.get({ name });
    return /SUCCEEDED|FAILED|CANCELLED|EXPIRED/.test(String(batch.state)) ? batch : undefined;
  });
const charges = async () => (await gateway.calls(customer.userId)).map(({ state, charged }) => [state, charged]);

describe('a batch', () => {
  test('is held for, charged by its answers at half the price, and shown to its maker alone', async () => {
    const made = await make(customer, 3);
    expect(made).toMatchObject({ name: expect.stringMatching(/^batches\//), displayName: 'nightly' });
    expect(await charges()).toEqual([['open', null]]);
    const done = await ended(customer, made.name);
    const texts = done.dest?.inlinedResponses?.map(
      ({ response }) => response?.candidates?.[0]?.content?.parts?.[0]?.text,
    );
    expect(texts).toEqual(['Hello', 'Hello', 'Hello']);
    await waitFor(async () => (await charges())[0]?.[0] === 'settled');
    expect(await charges()).toEqual([['settled', String(3n * EACH)]]);
    const listed: string[] = [];
    for await (const { name } of await clientOf(customer).batches.list()) listed.push(String(name));
    expect(listed).toEqual([made.name]);
    // What is noted has nothing of what was asked or answered.
    const [row] = await gateway.sql(
      `SELECT object::text AS text FROM batch WHERE vendor_id = '${made.name?.slice(8)}'`,
    );
    expect(row?.['text']).not.toMatch(/Request 0|Hello/);
    const theirs = clientOf(await gateway.customer());
    gateway.received.length = 0;
    for (const act of [
      () => theirs.batches.get({ name: made.name ?? '' }),
      () => theirs.batches.cancel({ name: made.name ?? '' }),
      () => theirs.batches.delete({ name: made.name ?? '' }),
    ])
      await expect(act()).rejects.toMatchObject({ status: 404 });
    expect((await theirs.batches.list()).page).toEqual([]);
    expect(gateway.received).toEqual([]);
    await clientOf(customer).batches.delete({ name: made.name ?? '' });
    await expect(clientOf(customer).batches.get({ name: made.name ?? '' })).rejects.toMatchObject({ status: 404 });
  });

  test('of a file is read before it is made, and its answers are a file of its maker’s, charged though nobody asks', async () => {
    const lines = ['a', 'b'].map((key) => JSON.stringify({ key, request: { contents: [{ parts: [{ text: key }] }] } }));
    const mine = clientOf(customer);
    const file = await mine.files.upload({ file: new Blob([lines.join('\n')], { type: 'application/jsonl' }) });
    const made = await mine.batches.create({ model: MODEL, src: String(file.name) });
    await waitFor(async () => (await charges())[0]?.[0] === 'settled');
    expect(await charges()).toEqual([['settled', String(2n * EACH)]]);
    const done = await ended(customer, made.name);
    const output = String(done.dest?.fileName);
    expect(await mine.files.get({ name: output })).toMatchObject({ name: output });
    const theirs = await gateway.customer();
    const refused = await gateway.post(`/google/v1beta/models/${MODEL}:batchGenerateContent`, theirs, {
      batch: { inputConfig: { fileName: file.name } },
    });
    expect(refused.status).toBe(404);
    await expect(clientOf(theirs).files.get({ name: output })).rejects.toMatchObject({ status: 404 });
  });

  test('of embeddings is charged by the tokens that each tells, also from a file; media are refused, as they tell none', async () => {
    const mine = clientOf(customer);
    const made = await mine.batches.createEmbeddings({
      model: MODEL,
      src: { inlinedRequests: { contents: ['one', 'two', 'three'], config: { outputDimensionality: 3 } } },
    });
    expect(await charges()).toEqual([['open', null]]);
    const done = await ended(customer, made.name);
    expect(done.dest?.inlinedEmbedContentResponses?.map(({ response }) => response?.embedding?.values?.length)).toEqual(
      [3, 3, 3],
    );
    const line = JSON.stringify({ key: 'a', request: { content: { parts: [{ text: 'one' }] } } });
    const file = await mine.files.upload({ file: new Blob([line], { type: 'application/jsonl' }) });
    await mine.batches.createEmbeddings({ model: MODEL, src: { fileName: String(file.name) } });
    await waitFor(async () => (await charges()).every(([state]) => state === 'settled'));
    // 20 tokens in of each, at half of 15.
    expect(await charges()).toEqual([
      ['settled', '450'],
      ['settled', '150'],
    ]);
    gateway.received.length = 0;
    const picture = { content: { parts: [{ inlineData: { mimeType: 'image/png', data: 'aGVsbG8=' } }] } };
    const refused = await gateway.post(`/google/v1beta/models/${MODEL}:asyncBatchEmbedContent`, customer, {
      batch: { inputConfig: { requests: { requests: [{ request: picture }] } } },
    });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('Request 1')]);
    expect(gateway.received).toEqual([]);
  });

  test('that is cancelled, or fails, is charged for what was answered before', async () => {
    const slow = await make(customer, 3, { batch: { looks: FOREVER, answered: 1 } });
    await clientOf(customer).batches.cancel({ name: slow.name ?? '' });
    expect((await ended(customer, slow.name)).state).toBe('JOB_STATE_CANCELLED');
    await waitFor(async () => (await charges())[0]?.[0] === 'settled');
    const failed = await make(customer, 2, { batch: { end: 'failed' } });
    expect((await ended(customer, failed.name)).state).toBe('JOB_STATE_FAILED');
    await waitFor(async () => (await charges())[1]?.[0] !== 'open');
    expect(await charges()).toEqual([
      ['settled', String(EACH)],
      ['released', null],
    ]);
  });

  test('whose answers say nothing of what they used is charged as it was held', async () => {
    await make(customer, 2, { usage: null });
    const [held] = await gateway.sql(`SELECT held FROM batch WHERE user_id = '${customer.userId}'`);
    await waitFor(async () => (await charges())[0]?.[0] === 'settled');
    expect(await charges()).toEqual([['settled', String(held?.['held'])]]);
  });

  test('of somebody who is erased is cancelled and deleted, and returns what it held', async () => {
    const { name } = await make(customer, 1, { batch: { looks: FOREVER } });
    gateway.received.length = 0;
    await gateway.erase(customer.userId);
    await waitFor(() =>
      gateway.received.some(({ method, target }) => method === 'DELETE' && target.endsWith(String(name))),
    );
    expect(gateway.received.map(({ target }) => target)).toContain(`/google/v1/${name}:cancel`);
    await waitFor(async () => (await charges())[0]?.[0] === 'released');
  });
});

describe('is refused before the vendor is asked', () => {
  const inline = (requests: unknown) => ({ batch: { inputConfig: { requests: { requests } } } });
  const request = { contents: [{ parts: [{ text: 'Hello' }] }] };
  test.each<[string, unknown, number, string]>([
    ['without requests', { batch: {} }, 400, 'must have its requests'],
    ['with none', inline([]), 400, 'no requests'],
    [
      'with requests and a file',
      { batch: { inputConfig: { fileName: 'files/a', requests: { requests: [{ request }] } } } },
      400,
      'or name the file',
    ],
    ['with a config in both spellings', { batch: { inputConfig: {}, input_config: {} } }, 400, 'which are the same'],
    ['a file of somebody else', { batch: { inputConfig: { fileName: 'files/abc' } } }, 404, 'not found'],
    [
      'a request of another model',
      inline([{ request: { ...request, model: 'models/other' } }]),
      400,
      'Request 1: The body names another model',
    ],
    [
      'a request that names a file of somebody',
      inline([{ request }, { request: { contents: [{ parts: [{ fileData: { fileUri: 'files/abc' } }] }] } }]),
      404,
      'not found',
    ],
    [
      'a request that names a cache',
      inline([{ request: { ...request, cachedContent: 'cachedContents/1' } }]),
      404,
      'Request 1',
    ],
    ['a request without its request', inline([{}]), 400, 'Request 1: It has no request'],
  ])('%s', async (_name, body, status, message) => {
    const answer = await gateway.post(`/google/v1beta/models/${MODEL}:batchGenerateContent`, customer, body);
    const { error } = (await answer.json()) as { error: { message: string } };
    expect([answer.status, error.message]).toEqual([status, expect.stringContaining(message)]);
    expect(gateway.received).toEqual([]);
    expect(await charges()).toEqual([]);
  });

  test('of a model without a price, or for more than there are credits', async () => {
    const post = (model: string, body: unknown) =>
      gateway.post(`/google/v1beta/models/${model}:batchGenerateContent`, customer, body);
    expect((await post('gemini-0', inline([{ request }]))).status).toBe(400);
    const long = { request: { ...request, generationConfig: { maxOutputTokens: 1_900_000 } } };
    expect((await post(MODEL, inline([long, long]))).status).toBe(402);
    expect(gateway.received).toEqual([]);
  });
});
