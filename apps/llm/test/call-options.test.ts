import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createLogger } from '@turnpike/service-kit';
import { waitFor } from '@turnpike/test-kit';
import { PolicySets } from '../src/policies/policy-sets.ts';
import { MODEL, type Gateway, type Member } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** What the configuration says of how calls are made: for everybody, and for one organisation (docs/configuration.md). */

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

const CHAT = '/openai/v1/chat/completions';
const chat = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] };

async function configure(by: Member | 'operator', key: string, value: unknown): Promise<void> {
  const [scope, headers] =
    by === 'operator' ? ['admin', gateway.operator] : ['service', { authorization: `Bearer ${by.token}` }];
  const response = await fetch(`${gateway.edge().url}/platform/api/${scope}/configs/${key}`, {
    method: value === undefined ? 'DELETE' : 'PUT',
    headers: { ...headers, 'content-type': 'application/json' },
    ...(value === undefined ? {} : { body: JSON.stringify({ value }) }),
  });
  expect([response.status, await response.text()]).toEqual([200, expect.anything()]);
}

const until = (status: number, by: Member, body: object = chat) =>
  waitFor(async () => (await gateway.post(CHAT, by, body)).status === status);

test('llm.providers.enabled: other vendors are 403, for that organisation alone', async () => {
  const other = await gateway.member();
  await configure(acme, 'llm.providers.enabled', ['anthropic']);
  await until(403, acme);
  gateway.received.length = 0;
  const refused = await gateway.post(CHAT, acme, chat);
  expect(await refused.json()).toMatchObject({ error: { code: 'model_not_allowed' } });
  expect(gateway.received).toEqual([]);
  expect((await gateway.post('/anthropic/v1/messages', acme, { ...chat, max_tokens: 10 })).status).toBe(200);
  expect((await gateway.post(CHAT, other, chat)).status).toBe(200);
  await configure(acme, 'llm.providers.enabled', undefined);
  await until(200, acme);
});

test('llm.hold_default_output_tokens: so many tokens are held for of an answer that nobody bounds', async () => {
  const path = `${gateway.edge().url}/trueportai-services/api/v1/keys`;
  const made = await fetch(path, {
    method: 'POST',
    headers: { authorization: `Bearer ${acme.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'limited', spend_limit: { credits: 40, period: 'total' } }),
  });
  const limited = { ...acme, key: ((await made.json()) as { key: string }).key };
  const heldFor = async () => {
    expect((await gateway.post(CHAT, limited, chat)).status).toBe(200);
    const [hold] = await gateway.sql('SELECT amount FROM key_hold ORDER BY created_at DESC LIMIT 1');
    return BigInt(String(hold?.['amount']));
  };
  const usual = await heldFor();
  await configure(acme, 'llm.hold_default_output_tokens', 24);
  await waitFor(async () => usual - (await heldFor()) === 1_000n * 60n);
});

test('llm.disconnect: an answer whose client leaves is broken off where the organisation says so', async () => {
  const left = async () => {
    const script = {
      parts: ['abcd'],
      times: 500,
      step_ms: 20,
      usage: { prompt_tokens: 20, completion_tokens: 10_000 },
    };
    const response = await gateway.post(CHAT, acme, { ...chat, stream: true }, script);
    const reader = response.body?.getReader();
    for (let text = ''; !text.includes('abcd');) {
      const { value } = (await reader?.read()) ?? {};
      text += Buffer.from(value ?? []).toString();
    }
    await reader?.cancel();
    return waitFor(async () => {
      const [last] = (await gateway.calls(acme.organisationId)).slice(-1);
      return last?.state === 'settled' ? BigInt(last.charged ?? '0') : undefined;
    });
  };
  await configure(acme, 'llm.disconnect', 'cancel');
  // Heard once a call is broken off: the whole would cost 600,300.
  await waitFor(async () => (await left()) < 100_000n);
});

test('llm.unknown_model: a model without a price is charged at the dearest rates, where operators say so', async () => {
  const unknown = { ...chat, model: 'never-heard-of' };
  const usage = { prompt_tokens: 20, completion_tokens: 10 };
  expect((await gateway.post(CHAT, acme, unknown)).status).toBe(400);
  await configure('operator', 'llm.unknown_model', 'charge_max');
  await until(200, acme, unknown);
  const owner = { ...acme, userId: acme.organisationId };
  const calls = (await gateway.calls(owner.userId)).length;
  expect((await gateway.post(CHAT, acme, unknown, { usage })).status).toBe(200);
  const charged = await waitFor(async () => (await gateway.calls(owner.userId))[calls]?.charged);
  // The test's own model costs 900.
  expect(BigInt(charged)).toBeGreaterThan(10_000n);
  const path = `/google/v1beta/models/never-heard-of:generateContent`;
  expect((await gateway.post(path, acme, { contents: [{ parts: [{ text: 'Hello' }] }] })).status).toBe(200);
  await configure('operator', 'llm.unknown_model', undefined);
  await until(400, acme, unknown);
});

test('llm.policy_fail: calls go on under the operator’s policies, or wait until the others can be read', async () => {
  const sets = new PolicySets({
    operator: undefined,
    load: () => Promise.reject(new Error('the database is down')),
    logger: createLogger('test', 'silent'),
  });
  const set = { organisationId: acme.organisationId, environment: 'prod' };
  await expect(sets.of(set)).rejects.toMatchObject({ code: 'service.unavailable' });
  await expect(sets.of(set, true)).resolves.toBeUndefined();
});
