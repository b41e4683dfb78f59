import { ApiError, GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Script } from '@turnpike/stand-in-vendors';
import { MODEL, type Customer, type Gateway } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** Google's interactions and images through its SDK: charged to the token and to the image, and their maker's alone. */

let gateway: Gateway;
let customer: Customer;
let before: bigint;
beforeAll(async () => {
  gateway = await startPricedGateway();
  customer = await gateway.customer();
});
beforeEach(async () => {
  before = await gateway.balance(customer);
  gateway.received.length = 0;
});
afterAll(() => gateway.stop());

const clientOf = ({ key }: Customer, script: Script = {}) =>
  new GoogleGenAI({
    apiKey: key,
    httpOptions: {
      baseUrl: `${gateway.url}/google`,
      headers: { 'x-stand-in': JSON.stringify(script) },
      // The SDK looks for Node's own dispatcher in the global object, which Jest replaces.
      fetch: (...request) => fetch(...request),
    },
  });
const ask = { model: MODEL, input: 'Hello' };
/** 20 tokens in, 5 of them cached, and 10 out with what was thought. */
const usage = { total_input_tokens: 20, total_cached_tokens: 5, total_output_tokens: 6, total_thought_tokens: 4 };

describe('an interaction', () => {
  test('is charged by its usage, whole', async () => {
    const answer = await clientOf(customer, { text: 'Good day', usage }).interactions.create(ask);
    expect(answer).toMatchObject({ status: 'completed', output_text: 'Good day' });
    expect(gateway.received[0]?.headers['x-goog-api-key']).toBe('stand-in-google-secret');
    await gateway.charged(customer, before, 900n);
  });

  test('and streamed', async () => {
    let text = '';
    for await (const event of await clientOf(customer, { text: 'Good day to you', usage }).interactions.create({
      ...ask,
      stream: true,
    }))
      if (event.event_type === 'step.delta' && event.delta.type === 'text') text += event.delta.text;
    expect(text).toBe('Good day to you');
    await gateway.charged(customer, before, 900n);
  });

  test('with a tool', async () => {
    const answer = await clientOf(customer, { tool: true }).interactions.create({
      ...ask,
      tools: [{ type: 'function', name: 'weather', parameters: { type: 'object', properties: { uri: {} } } }],
    });
    expect(answer.steps).toMatchObject([{ type: 'function_call', name: 'weather', arguments: { city: 'Paris' } }]);
  });

  test('that breaks off is charged by the text that came, and one that fails before it costs nothing', async () => {
    const events = async (script: Script) => {
      const seen: string[] = [];
      for await (const event of await clientOf(customer, script).interactions.create({ ...ask, stream: true }))
        seen.push(event.event_type);
      return seen;
    };
    const failing = await events({ error_after: 2 }).catch(String);
    expect(String(failing)).toContain('error');
    expect(await gateway.balance(customer)).toBe(before);
    // Two pieces of four bytes: two tokens out, and what was held for the input.
    await events({ parts: ['abcd', 'efgh', 'ijkl'], cut_after: 4 }).catch(String);
    const [last] = (await gateway.calls(customer.userId)).slice(-1);
    expect(last).toMatchObject({ state: 'settled' });
    const charged = BigInt(last?.charged ?? '0');
    expect(charged).toBeGreaterThanOrEqual(2n * 60n);
    expect(charged).toBeLessThan(60n * 60n);
  });

  test('belongs to its maker, in a path and in a body; one that is not stored to nobody', async () => {
    const [mine, theirs] = [clientOf(customer), clientOf(await gateway.customer())];
    const { id } = await mine.interactions.create(ask);
    let streamed = '';
    for await (const event of await mine.interactions.create({ ...ask, stream: true }))
      if (event.event_type === 'interaction.created') streamed = event.interaction.id;
    const unstored = await mine.interactions.create({ ...ask, store: false });
    const calls = await gateway.calls(customer.userId);
    for (const each of [id, streamed]) expect(await mine.interactions.get(each)).toMatchObject({ id: each });
    expect(await gateway.calls(customer.userId)).toEqual(calls);
    await mine.interactions.create({ ...ask, previous_interaction_id: id });
    const file = { type: 'document' as const, uri: 'https://generativelanguage.googleapis.com/v1beta/files/abc' };
    const store = { type: 'file_search' as const, file_search_store_names: ['fileSearchStores/theirs'] };
    gateway.received.length = 0;
    for (const act of [
      () => theirs.interactions.get(id),
      () => theirs.interactions.cancel(streamed),
      () => theirs.interactions.delete(id),
      () => theirs.interactions.create({ ...ask, previous_interaction_id: id }),
      () => mine.interactions.get(unstored.id),
      () => mine.interactions.create({ ...ask, input: [file] }),
      () => mine.interactions.create({ ...ask, tools: [store] }),
      () => mine.interactions.create({ ...ask, environment: 'env_1' }),
      () =>
        mine.models.generateContent({
          model: MODEL,
          contents: 'Hello',
          config: { tools: [{ fileSearch: { fileSearchStoreNames: ['fileSearchStores/theirs'] } }] },
        }),
    ])
      await expect(act()).rejects.toMatchObject({ status: 404 });
    await expect(mine.interactions.create({ ...ask, background: true })).rejects.toMatchObject({ status: 400 });
    await expect(mine.interactions.create({ agent: 'deep-research', input: 'x' })).rejects.toMatchObject({
      status: expect.any(Number),
    });
    expect(gateway.received).toEqual([]);
    await mine.interactions.delete(id);
    await expect(mine.interactions.get(id)).rejects.toMatchObject({ status: 404 });
  });
});

describe('images of Google', () => {
  /** The SDK makes them at Vertex alone. */
  const images = async (model: string, script: Script = {}, parameters?: object) => {
    const body = { instances: [{ prompt: 'A bird' }], parameters };
    const answer = await gateway.post(`/google/v1beta/models/${model}:predict`, customer, body, script);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  test('are charged one by one, and those that are withheld are not', async () => {
    expect(await images('image-model', {}, { sampleCount: 2 })).toMatchObject({ body: { predictions: [{}, {}] } });
    // Four cents each.
    await gateway.charged(customer, before, 8_000_000n);
    await images('image-model', { tool: true }, { sampleCount: 2 });
    await gateway.charged(customer, before, 12_000_000n);
  });

  test('of a model whose price says nothing of images are refused, as is its use for anything else', async () => {
    const message = expect.stringContaining('no price');
    expect(await images(MODEL)).toMatchObject({ status: 400, body: { error: { message } } });
    const error = await clientOf(customer)
      .models.generateContent({ model: 'image-model', contents: 'Hello' })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 400, message });
    expect(gateway.received).toEqual([]);
    expect(await gateway.balance(customer)).toBe(before);
  });
});
