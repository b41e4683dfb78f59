import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import type { Script } from '@turnpike/stand-in-vendors';
import { waitFor } from '@turnpike/test-kit';
import { MODEL, type Gateway, type Member } from './support/gateway.ts';
import { logsOf } from './support/logs-of.ts';
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
  for (const text of [metrics, await logsOf(gateway, await gateway.customer())]) expect(text).not.toContain(canary);
});

test('a vendor that fails with the key of one organisation is given no pause for the others', async () => {
  const [key, other] = [newKey(), await gateway.member()];
  await configure(acme, 'PUT', 'openai', key);
  await untilUsed(acme, key);
  await waitFor(async () => (await ask(acme, { status: 500 })).status === 503);
  expect((await ask(other)).status).toBe(200);
});

test('a batch under its own account costs the margin, and what that account has besides is the organisation’s', async () => {
  const key = newKey();
  await configure(acme, 'PUT', 'openai', key);
  await untilUsed(acme, key);
  const openai = new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: acme.key, maxRetries: 0 });
  const body = { model: MODEL, messages: [{ role: 'user', content: 'Hi' }] };
  const line = JSON.stringify({ custom_id: 'a', method: 'POST', url: '/v1/chat/completions', body });
  const file = await toFile(Buffer.from(line), 'in.jsonl');
  const { id: input_file_id } = await openai.files.create({ file, purpose: 'batch' });
  const before = (await gateway.calls(acme.organisationId)).length;
  const { id } = await openai.batches.create(
    { input_file_id, endpoint: '/v1/chat/completions', completion_window: '24h' },
    { headers: { 'x-stand-in': JSON.stringify({ usage: USAGE }) } },
  );
  expect((await openai.batches.list()).data.map((batch) => batch.id)).toContain(id);
  expect(gateway.received.at(-1)).toMatchObject({ method: 'GET', target: '/openai/v1/batches' });
  await waitFor(async () => (await openai.batches.retrieve(id)).status === 'completed');
  const [call] = (await gateway.calls(acme.organisationId)).slice(before);
  expect(call).toEqual({ state: 'settled', charged: String((COST / 2) * (MARGIN_PERCENT / 100)) });
  await expect(openai.batches.retrieve('batch_unknown')).rejects.toMatchObject({ status: 404 });
  expect(used()).toBe(key);
});
