import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import Anthropic0 from 'anthropic-sdk-0';
import { AzureOpenAI, toFile } from 'openai';
import type { Script } from '@turnpike/stand-in-vendors';
import { waitFor } from '@turnpike/test-kit';
import { MODEL, type Customer, type Gateway, type Member } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** Batches of Anthropic, whose requests come in the body and whose results have a path of their own, and Azure's. */

/** Half of 15 micro-credits for a token in and of 60 for one out. */
const usage = { input_tokens: 20, output_tokens: 10 };
const EACH = 450n;
const FOREVER = 100_000;

let gateway: Gateway;
let customer: Customer;
beforeAll(async () => {
  gateway = await startPricedGateway({ LLM_BATCH_POLL_SECONDS: '1' });
});
beforeEach(async () => {
  customer = await gateway.customer();
});
afterAll(async () => {
  await gateway.verify();
  await gateway.stop();
});

const settled = () =>
  waitFor(async () => {
    const calls = await gateway.calls(customer.userId);
    return calls.length > 0 && calls.every(({ state }) => state !== 'open') ? calls : undefined;
  });

describe.each([
  ['1', (key: string) => new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: key, maxRetries: 0 })],
  [
    '0',
    (key: string) =>
      new Anthropic0({ baseURL: `${gateway.url}/anthropic`, apiKey: key, maxRetries: 0 }) as unknown as Anthropic,
  ],
])("Anthropic's SDK %s", (_version, sdk) => {
  const params = { model: MODEL, max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hello' }] };
  const make = (script: Script = {}, by = customer, more: object = {}) =>
    sdk(by.key).messages.batches.create(
      { requests: [1, 2].map((index) => ({ custom_id: `request-${index}`, params: { ...params, ...more } })) },
      { headers: { 'x-stand-in': JSON.stringify({ usage, ...script }) } },
    );
  const ended = (id: string) =>
    waitFor(async () => {
      const batch = await sdk(customer.key).messages.batches.retrieve(id);
      return batch.processing_status === 'ended' ? batch : undefined;
    });

  test('makes a batch, reads its results here, and deletes it: charged once, at half the price', async () => {
    const { id } = await make();
    const batch = await ended(id);
    expect(batch.results_url).toBe(`${gateway.url}/anthropic/v1/messages/batches/${id}/results`);
    const results: string[] = [];
    for await (const { custom_id, result } of await sdk(customer.key).messages.batches.results(id))
      results.push(`${custom_id} ${result.type}`);
    expect(results).toEqual(['request-1 succeeded', 'request-2 succeeded']);
    expect((await sdk(customer.key).messages.batches.list()).data).toEqual([expect.objectContaining({ id })]);
    await sdk(customer.key).messages.batches.delete(id);
    expect((await sdk(customer.key).messages.batches.list()).data).toEqual([]);
    expect(await settled()).toEqual([{ state: 'settled', charged: String(2n * EACH) }]);
  });

  test('cancels one: what was done is charged; before it has ended it cannot be deleted', async () => {
    const { id } = await make({ batch: { looks: FOREVER, answered: 1 } });
    await expect(sdk(customer.key).messages.batches.delete(id)).rejects.toMatchObject({ status: 400 });
    expect(await sdk(customer.key).messages.batches.cancel(id)).toMatchObject({ processing_status: 'canceling' });
    expect((await ended(id)).request_counts).toMatchObject({ succeeded: 1, canceled: 1 });
    expect(await settled()).toEqual([{ state: 'settled', charged: String(EACH) }]);
  });

  test('whoever is erased leaves none at the vendor: what is under way is cancelled, what has ended is deleted with its results', async () => {
    const done = await make();
    await ended(done.id);
    await waitFor(async () => {
      const rows = await gateway.sql(`SELECT FROM batch WHERE user_id = '${customer.userId}' AND state = 'settled'`);
      return rows.length === 1;
    });
    const running = await make({ batch: { looks: FOREVER } });
    await gateway.erase(customer.userId);
    const asked = (method: string, rest: string) =>
      gateway.received.some(
        (each) => each.method === method && each.target === `/anthropic/v1/messages/batches/${rest}`,
      );
    await waitFor(() => [done, running].every(({ id }) => asked('DELETE', id)));
    expect([asked('POST', `${running.id}/cancel`), asked('POST', `${done.id}/cancel`)]).toEqual([true, false]);
    expect(await settled()).toEqual([
      { state: 'settled', charged: String(2n * EACH) },
      { state: 'released', charged: null },
    ]);
  });

  test('is told of what it may not: somebody else’s batch, too few credits, a model without a price', async () => {
    // One that ended would return what it held, which pays for the last.
    const { id } = await make({ batch: { looks: FOREVER } });
    const other = sdk((await gateway.customer()).key);
    for (const attempt of [
      () => other.messages.batches.retrieve(id),
      () => other.messages.batches.cancel(id),
      () => other.messages.batches.delete(id),
    ])
      await expect(attempt()).rejects.toMatchObject({ status: 404, error: { error: { type: 'not_found_error' } } });
    expect((await other.messages.batches.list()).data).toEqual([]);
    await expect(make({}, customer, { model: 'unheard-of' })).rejects.toThrow(/Request 1: .*no price/);
    const many = Array.from({ length: 100_001 }, () => ({ custom_id: 'a', params }));
    await expect(sdk(customer.key).messages.batches.create({ requests: many })).rejects.toMatchObject({
      status: 400,
      error: {
        error: {
          type: 'invalid_request_error',
          message: expect.stringContaining('at most 100000 requests') as unknown,
        },
      },
    });
    await gateway.leave(customer, 1_000n);
    await expect(make()).rejects.toMatchObject({ status: 402, error: { error: { type: 'billing_error' } } });
  });
});

describe('policies of an organisation', () => {
  const make = ({ key }: Member, content: string) => {
    const params = { model: MODEL, max_tokens: 100, messages: [{ role: 'user' as const, content }] };
    return new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: key, maxRetries: 0 }).messages.batches.create({
      requests: [
        { custom_id: 'a', params: { ...params, messages: [{ role: 'user', content: 'Hello' }] } },
        { custom_id: 'b', params },
      ],
    });
  };
  const words = (word: string) => ({ name: word, type: 'keyword', config: { words: [word] } });

  test.each([
    [
      'that blocks requests',
      { ...words('Falcon'), action: 'block', direction: 'request' },
      /Request 2: The request was blocked/,
    ],
    ['that redacts', { ...words('Falcon'), action: 'redact', direction: 'request' }, /Request 2: A policy redacts/],
    [
      'that blocks answers',
      { ...words('Eagle'), action: 'block', direction: 'response' },
      /Request 1: A policy looks at every answer/,
    ],
  ])('one %s refuses a batch, and holds nothing', async (_name, rule, message) => {
    const member = await gateway.member();
    const response = await fetch(`${gateway.url}/api/v1/policies`, {
      method: 'POST',
      headers: { authorization: `Bearer ${member.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(rule),
    });
    expect(response.status).toBe(201);
    const refused = await waitFor(() =>
      make(member, 'the Falcon').then(
        () => undefined,
        (error: unknown) => error as Error,
      ),
    );
    expect(refused).toMatchObject({ status: 400, message: expect.stringMatching(message) as unknown });
    expect((await gateway.calls(member.organisationId)).filter(({ state }) => state === 'open').length).toBeLessThan(2);
  });
});

test("Azure's batches are priced by the deployment of the path, which each request must name", async () => {
  const azure = new AzureOpenAI({
    endpoint: `${gateway.url}/azure/my-resource/my-deployment`,
    apiKey: customer.key,
    apiVersion: '2024-10-21',
    maxRetries: 0,
  });
  const make = async (model: string) => {
    const body = { model, messages: [{ role: 'user', content: 'Hello' }] };
    const line = JSON.stringify({ custom_id: 'a', method: 'POST', url: '/chat/completions', body });
    const { id: input_file_id } = await azure.files.create({
      file: await toFile(Buffer.from(line), 'in.jsonl'),
      purpose: 'batch',
    });
    const headers = { 'x-stand-in': JSON.stringify({ usage: { prompt_tokens: 20, completion_tokens: 10 } }) };
    return azure.batches.create(
      { input_file_id, endpoint: '/v1/chat/completions', completion_window: '24h' },
      { headers },
    );
  };
  await expect(make('other-deployment')).rejects.toThrow(/Request 1: The model must be the deployment of the path/);
  const { id } = await make('my-deployment');
  const made = gateway.received.filter(({ method, target }) => method === 'POST' && target.includes('/batches'));
  expect(made.at(-1)?.target).toBe('/azure/openai/batches?api-version=2024-10-21');
  expect(await settled()).toEqual([{ state: 'settled', charged: String(EACH) }]);
  expect(await azure.batches.retrieve(id)).toMatchObject({ status: 'completed' });
});
