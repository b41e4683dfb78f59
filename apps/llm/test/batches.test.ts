import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import type { Script } from '@turnpike/stand-in-vendors';
import { waitFor } from '@turnpike/test-kit';
import { MODEL, type Customer, type Gateway, type Member } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** OpenAI's batches: held when they are made, and charged by their results when they end, at half the price. */

/** Micro-credits of a request with this usage in a batch: 15 for a token in and 60 for one out, halved. */
const usage = { prompt_tokens: 20, completion_tokens: 10 };
const EACH = 450n;
/** Looks that no test waits for. */
const FOREVER = 100_000;

let gateway: Gateway;
let customer: Customer;
beforeAll(async () => {
  gateway = await startPricedGateway({ LLM_BATCH_POLL_SECONDS: '1', LLM_UPSTREAM_TIMEOUT_MS: '30000' });
});
beforeEach(async () => {
  customer = await gateway.customer();
});
afterAll(async () => {
  await gateway.verify();
  await gateway.stop();
});

const openaiOf = ({ key }: Customer) => new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: key, maxRetries: 0 });

/** A member's other key, with bounds. */
async function keyOf(member: Member, bounds: object): Promise<Member> {
  const response = await fetch(`${new URL(gateway.url).origin}/trueportai-services/api/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${member.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'limited', ...bounds }),
  });
  expect(response.ok).toBe(true);
  return { ...member, key: ((await response.json()) as { key: string }).key };
}

interface Line {
  readonly custom_id?: string;
  readonly method?: string;
  readonly url?: string;
  readonly body?: object;
}

const lineOf = (index: number, more: Line = {}): Line => ({
  custom_id: `request-${index}`,
  method: 'POST',
  url: '/v1/chat/completions',
  body: { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 100 },
  ...more,
});
const linesOf = (count: number): Line[] => Array.from({ length: count }, (_value, index) => lineOf(index));

async function upload(by: Customer, lines: readonly (Line | string)[]): Promise<string> {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  return (await openaiOf(by).files.create({ file: await toFile(Buffer.from(text), 'in.jsonl'), purpose: 'batch' })).id;
}

async function make(by: Customer, lines: readonly (Line | string)[], script: Script = {}) {
  const input_file_id = await upload(by, lines);
  return openaiOf(by).batches.create(
    { input_file_id, endpoint: '/v1/chat/completions', completion_window: '24h', metadata: { job: 'nightly' } },
    { headers: { 'x-stand-in': JSON.stringify({ usage, ...script }) } },
  );
}

/** The batch as its owner sees it once it has ended. */
async function ended(by: Customer, id: string) {
  return waitFor(async () => {
    const batch = await openaiOf(by).batches.retrieve(id);
    return ['completed', 'failed', 'expired', 'cancelled'].includes(batch.status) ? batch : undefined;
  });
}

const settled = (ownerId: string) =>
  waitFor(async () => {
    const calls = await gateway.calls(ownerId);
    return calls.length > 0 && calls.every(({ state }) => state !== 'open') ? calls : undefined;
  });

describe('a batch', () => {
  test('is held for, charged by its results at half the price, and its output is its owner’s file', async () => {
    // Enough looks that the gateway's own do not end it before its hold is looked at.
    const made = await make(customer, linesOf(3), { batch: { looks: 20 } });
    expect(made).toMatchObject({ status: 'in_progress', metadata: { job: 'nightly' } });
    expect(await gateway.calls(customer.userId)).toEqual([{ state: 'open', charged: null }]);
    const batch = await ended(customer, made.id);
    expect(batch).toMatchObject({ status: 'completed', request_counts: { total: 3, completed: 3 } });
    expect(await settled(customer.userId)).toEqual([{ state: 'settled', charged: String(3n * EACH) }]);
    const output = await (await openaiOf(customer).files.content(batch.output_file_id ?? '')).text();
    expect(output.trim().split('\n')).toHaveLength(3);
    const { data: files } = await openaiOf(customer).files.list();
    expect(files.map(({ id }) => id)).toContain(batch.output_file_id);
    const { data: listed } = await openaiOf(customer).batches.list();
    expect(listed).toEqual([expect.objectContaining({ id: made.id, status: 'completed' })]);
  });

  test('is charged though nobody asks for it, with a record of what it used, and counts against its key’s limit', async () => {
    const member = await gateway.member();
    const limited = await keyOf(member, { spend_limit: { credits: 0.05, period: 'total' } });
    await make(limited, linesOf(3));
    expect(await settled(member.organisationId)).toEqual([{ state: 'settled', charged: String(3n * EACH) }]);
    const record = await waitFor(async () => {
      const path = '/trueportai-services/api/v1/analytics/logs?limit=100';
      const { items } = await gateway.read(path, { authorization: `Bearer ${member.token}` });
      return (items as Record<string, unknown>[]).find(({ usage_source }) => usage_source === 'provider');
    });
    const used = { model: MODEL, input_tokens: 60, output_tokens: 30, service_tier: 'batch', cost: '0.00135' };
    expect(record).toMatchObject({ endpoint: 'batches', ...used });
    // 30 requests of up to 100 tokens are more than is left.
    await expect(make(limited, linesOf(30))).rejects.toMatchObject({ status: 402, code: 'key_spend_limit_reached' });
    expect(await gateway.sql('SELECT held, spent FROM key_budget')).toEqual([{ held: '0', spent: '1350' }]);
  });

  test.each([
    { end: 'completed' as const, answered: 2 },
    { end: 'expired' as const, answered: 1 },
    { end: 'failed' as const, answered: 0 },
  ])('that ends $end with $answered of 3 requests answered is charged for those', async ({ end, answered }) => {
    await make(customer, linesOf(3), { batch: { end, answered } });
    const [call] = await settled(customer.userId);
    expect(call).toEqual(
      answered === 0
        ? { state: 'released', charged: null }
        : { state: 'settled', charged: String(BigInt(answered) * EACH) },
    );
  });

  test('that is cancelled is charged for what was done before', async () => {
    const { id } = await make(customer, linesOf(4), { batch: { looks: FOREVER, answered: 1 } });
    expect(await openaiOf(customer).batches.cancel(id)).toMatchObject({ id, status: 'cancelling' });
    expect(await settled(customer.userId)).toEqual([{ state: 'settled', charged: String(EACH) }]);
    expect(await ended(customer, id)).toMatchObject({ status: 'cancelled' });
  });

  test('whose results say nothing of a request is charged for it as it was held', async () => {
    await make(customer, linesOf(2), { usage: null, batch: { silent: true } });
    const [call] = await settled(customer.userId);
    expect(call?.state).toBe('settled');
    expect(Number(call?.charged)).toBeGreaterThan(2 * 100 * 30);
  });
});

describe('of somebody else', () => {
  test('a batch is 404, in a path and as a file of requests, and is in no list', async () => {
    const { id, input_file_id } = await make(customer, linesOf(1));
    const { output_file_id } = await ended(customer, id);
    // The gateway itself looks at it no more.
    await settled(customer.userId);
    const other = openaiOf(await gateway.customer());
    const received = gateway.received.length;
    for (const attempt of [
      () => other.batches.retrieve(id),
      () => other.batches.cancel(id),
      () => other.batches.list({ after: id }),
      () => other.files.content(output_file_id ?? ''),
      () => other.batches.create({ input_file_id, endpoint: '/v1/chat/completions', completion_window: '24h' }),
    ])
      await expect(attempt()).rejects.toMatchObject({ status: 404 });
    expect((await other.batches.list()).data).toEqual([]);
    expect(gateway.received.slice(received).filter(({ target }) => target.includes(id))).toEqual([]);
  });
});

describe('is refused before the vendor is asked:', () => {
  const unsent = async (making: Promise<unknown>, refusal: object): Promise<void> => {
    await expect(making).rejects.toMatchObject(refusal);
    expect(gateway.received.filter(({ method, target }) => method === 'POST' && target.endsWith('/batches'))).toEqual(
      [],
    );
    expect((await gateway.calls(customer.userId)).filter(({ state }) => state === 'open')).toEqual([]);
  };
  beforeEach(() => void (gateway.received.length = 0));

  test('one that there are too few credits for, 402 with what it may cost', async () => {
    await gateway.leave(customer, 5_000n);
    const refused = make(customer, linesOf(3));
    await unsent(refused, { status: 402, code: 'insufficient_credits' });
    await expect(refused).rejects.toThrow(
      /The 3 requests of this batch may cost up to 0\.\d+ credits together; 0\.005 are left/,
    );
  });

  test.each([
    [
      'a model without a price',
      lineOf(1, { body: { model: 'unheard-of', messages: [] } }),
      400,
      /^400 Request 2: .*no price/,
    ],
    [
      'what is not offered',
      lineOf(1, { url: '/v1/images/generations' }),
      400,
      /Request 2: It asks for something that is not/,
    ],
    ['a custom_id that stands there twice', lineOf(0), 400, /Request 2: The custom_id "request-0" stands there twice/],
    ['what is no JSON', '{', 400, /Request 2: The body is not valid JSON/],
    [
      'a model that is named twice',
      `{"custom_id":"x","method":"POST","url":"/v1/chat/completions","body":{"model":"a","model":"${MODEL}"}}`,
      400,
      /Request 2: .*twice/,
    ],
    [
      'a file of somebody else’s',
      lineOf(1, {
        body: { model: MODEL, messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
      }),
      404,
      /not found/,
    ],
  ])('%s', async (_name, line, status, message) => {
    const refused = make(customer, [lineOf(0), line]);
    await unsent(refused, { status });
    await expect(refused).rejects.toThrow(message);
  });

  test('more than 50,000 requests, 400 before any of them is read', async () => {
    const refused = make(
      customer,
      Array.from({ length: 50_001 }, () => '{}'),
    );
    await unsent(refused, { status: 400, type: 'invalid_request_error' });
    await expect(refused).rejects.toThrow(/at most 50000 requests/);
  });

  test('a model that the key may not call, 403', async () => {
    const limited = await keyOf(await gateway.member(), { allowed_models: ['other-*'] });
    await unsent(make(limited, linesOf(1)), { status: 403, code: 'model_not_allowed' });
  });
});
