import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { waitFor } from '@turnpike/test-kit';
import { DEAR_MODEL, MODEL, type Gateway, type Member } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** What an organisation's key may use and spend. A token in costs 15 micro-credits, one out 60. */

const CHAT = '/openai/v1/chat/completions';
const KEYS = '/trueportai-services/api/v1/keys';
const usage = { prompt_tokens: 20, completion_tokens: 10 };

let gateway: Gateway;
let member: Member;
beforeAll(async () => {
  gateway = await startPricedGateway({ HOLD_TTL_SECONDS: '6' });
  member = await gateway.member();
});
afterAll(async () => {
  await gateway.verify();
  await gateway.stop();
});

const chat = (more: object = {}) => ({
  model: MODEL,
  messages: [{ role: 'user', content: 'Hello' }],
  max_tokens: 10,
  ...more,
});

const manage = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
  const response = await fetch(`${new URL(gateway.url).origin}${KEYS}${path}`, {
    method,
    headers: { authorization: `Bearer ${member.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.ok).toBe(true);
  return (await response.json()) as Record<string, unknown>;
};

/** A key of the organisation with bounds. */
async function limited(bounds: object): Promise<Member & { readonly keyId: string }> {
  const { id, key } = await manage('POST', '', { name: 'limited', rate_limit_per_minute: 10_000, ...bounds });
  return { ...member, key: String(key), keyId: String(id) };
}
const spentOf = async (keyId: string) => (await manage('GET', `/${keyId}`))['spent'];

/** What so many calls at once are answered, by status. */
async function atOnce(count: number, call: () => Promise<Response>): Promise<Record<number, number>> {
  const statuses = await Promise.all(
    Array.from({ length: count }, async () => {
      const answer = await call();
      await answer.text();
      return answer.status;
    }),
  );
  return Object.fromEntries(
    [...new Set(statuses)].map((status) => [status, statuses.filter((each) => each === status).length]),
  );
}

/** Micro-credits that a call of `body` may cost, as a refusal says. */
async function mostOf(body: object): Promise<number> {
  const { key } = await limited({ spend_limit: { credits: 0.000_001, period: 'total' } });
  const answer = await gateway.post(CHAT, { ...member, key }, body);
  const { error } = (await answer.json()) as { error: { cost: string } };
  return Math.round(Number(error.cost) * 1e6);
}

describe('a spend limit', () => {
  test('for 10 calls, 64 at once: 10 are made, 54 are 402 as the SDK reads it', async () => {
    const most = await mostOf(chat());
    const caller = await limited({ spend_limit: { credits: (most * 10) / 1e6, period: 'day' } });
    const sent = gateway.received.length;
    const script = { usage: { prompt_tokens: most / 15, completion_tokens: 0 }, delay_ms: 1_500 };
    expect(await atOnce(64, () => gateway.post(CHAT, caller, chat(), script))).toEqual({ 200: 10, 402: 54 });
    expect(gateway.received.length - sent).toBe(10);
    const refused = await gateway.post(CHAT, caller, chat());
    expect([refused.status, refused.headers.get('x-should-retry'), await refused.json()]).toMatchObject([
      402,
      'false',
      {
        error: {
          code: 'key_spend_limit_reached',
          type: 'insufficient_quota',
          message: expect.stringContaining('a day'),
        },
      },
    ]);
    const anthropic = await gateway.post('/anthropic/v1/messages', caller, chat());
    expect([anthropic.status, await anthropic.json()]).toMatchObject([402, { error: { type: 'billing_error' } }]);
    const google = await gateway.post(`/google/v1beta/models/${MODEL}:generateContent`, caller, {
      contents: [{ parts: [{ text: 'Hello' }] }],
    });
    expect([google.status, await google.json()]).toMatchObject([402, { error: { status: 'RESOURCE_EXHAUSTED' } }]);
  });

  test('every API moves the same sum, which the key shows; free paths and failures do not', async () => {
    const caller = await limited({ spend_limit: { credits: 1, period: 'month' } });
    expect(await spentOf(caller.keyId)).toBe(0);
    const input = { input_tokens: 20, output_tokens: 10 };
    const gemini = { promptTokenCount: 20, candidatesTokenCount: 10 };
    const text = async (path: string, body: object, script: object) =>
      (await gateway.post(path, caller, body, script)).text();
    await text(CHAT, chat({ stream: true }), { usage });
    await text('/openai/v1/responses', { model: MODEL, input: 'Hello' }, { usage: input });
    await text('/anthropic/v1/messages', chat(), { usage: input });
    await text(
      `/google/v1beta/models/${MODEL}:generateContent`,
      { contents: [{ parts: [{ text: 'Hello' }] }] },
      { usage: gemini },
    );
    await text('/openai/v1/embeddings', { model: MODEL, input: 'Hello' }, { usage: { prompt_tokens: 7 } });
    await text('/openai/v1/images/generations', { model: MODEL, prompt: 'A bird' }, { usage: input });
    const form = new FormData();
    form.set('model', MODEL);
    form.set('file', new File(['x'.repeat(1_000)], 'a.mp3'));
    const transcribed = await fetch(`${gateway.url}/openai/v1/audio/transcriptions`, {
      method: 'POST',
      body: form,
      headers: {
        'x-api-key': caller.key,
        'x-stand-in': JSON.stringify({ usage: { type: 'duration', seconds: 1 } }),
      },
    });
    expect(transcribed.status).toBe(200);
    await text('/anthropic/v1/messages/count_tokens', chat(), {});
    const sent = gateway.received.length;
    expect((await gateway.post('/openai/v1/fine_tuning/jobs', caller, { model: MODEL })).status).toBe(404);
    expect(gateway.received.length).toBe(sent);
    await text(CHAT, chat(), { status: 500 });
    expect(await spentOf(caller.keyId)).toBe(0.014_605);
    const { items } = (await manage('GET', '')) as { items: { id: string; spent: number | null }[] };
    expect(items.find(({ id }) => id === caller.keyId)?.spent).toBe(0.014_605);
    // Another period counts what was spent before it was set.
    await manage('PATCH', `/${caller.keyId}`, { spend_limit: { credits: 0.003, period: 'day' } });
    await waitFor(async () => (await gateway.post(CHAT, caller, chat())).status === 402);
    expect(await spentOf(caller.keyId)).toBe(0.014_605);
  });

  test('successes, failures and kills: nothing stays held, and what was spent is what the ledger charged', async () => {
    const caller = await limited({ spend_limit: { credits: 40, period: 'total' } });
    const before = (await gateway.calls(member.organisationId)).length;
    for (let kill = 0; kill < 3; kill += 1) {
      await atOnce(20, () => gateway.post(CHAT, caller, chat(), { usage }));
      await atOnce(4, () => gateway.post(CHAT, caller, chat(), { status: 500 }));
      const cut = atOnce(4, () => gateway.post(CHAT, caller, chat(), { usage, delay_ms: 60_000 }));
      const arrived = gateway.received.length;
      await waitFor(() => gateway.received.length > arrived);
      await gateway.restart('llm');
      await cut;
    }
    await waitFor(async () => (await gateway.keyHolds(caller.keyId)) === '0');
    const calls = (await gateway.calls(member.organisationId)).slice(before);
    const charged = calls.reduce((sum, call) => sum + Number(call.charged ?? 0), 0);
    expect(await spentOf(caller.keyId)).toBe(charged / 1e6);
    expect(charged).toBeGreaterThan(0);
  });

  test('what a key has spent is forgotten a while after its last call, but where its limit is one in all', async () => {
    const [day, total] = [
      await limited({ spend_limit: { credits: 1, period: 'day' } }),
      await limited({ spend_limit: { credits: 1, period: 'total' } }),
    ];
    for (const caller of [day, total]) expect((await gateway.post(CHAT, caller, chat(), { usage })).status).toBe(200);
    const held = randomUUID();
    const named = [day.keyId, total.keyId, held].map((id) => `'${id}'`).join(', ');
    await gateway.sql(`INSERT INTO key_budget (key_id, held, total) VALUES ('${held}', 1, false)`);
    const kept = async () =>
      (await gateway.sql(`SELECT key_id::text AS id FROM key_budget WHERE key_id IN (${named})`)).map(({ id }) => id);
    await gateway.sql(`UPDATE key_budget SET used_on = now() - interval '399 days' WHERE key_id IN (${named})`);
    await gateway.restart('llm');
    expect((await kept()).length).toBe(3);
    await gateway.sql(`UPDATE key_budget SET used_on = now() - interval '402 days' WHERE key_id IN (${named})`);
    await gateway.restart('llm');
    await waitFor(async () => (await kept()).length < 3);
    expect(new Set(await kept())).toEqual(new Set([total.keyId, held]));
    await gateway.sql(`DELETE FROM key_budget WHERE key_id = '${held}'`);
  });

  test('while the LLM gateway is down, a key is shown without what it spent', async () => {
    const caller = await limited({ spend_limit: { credits: 1, period: 'week' } });
    await gateway.llm().kill();
    expect(await spentOf(caller.keyId)).toBeNull();
    await gateway.restart('llm');
  });
});

describe('a limit of tokens per minute', () => {
  test('calls at once that together use more: one is made, the others are 429 with the time to wait', async () => {
    const caller = await limited({ tokens_per_minute: 300 });
    const body = chat({ max_tokens: 175 });
    expect(
      await atOnce(5, () =>
        gateway.post(CHAT, caller, body, { usage: { prompt_tokens: 100, completion_tokens: 175 } }),
      ),
    ).toEqual({ 200: 1, 429: 4 });
    const refused = await gateway.post('/openai/v1/responses', caller, {
      model: MODEL,
      input: [],
      max_output_tokens: 175,
    });
    expect([refused.status, await refused.json()]).toMatchObject([429, { error: { code: 'rate_limit_exceeded' } }]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('retry-after-ms')).toMatch(/^\d+$/);
  });

  test('it is counted where services may write in Redis (infra/README.md)', async () => {
    await gateway.post(CHAT, await limited({ tokens_per_minute: 300 }), chat(), { usage });
    const redis = new Redis(gateway.redisUrl);
    const keys = await redis.keys('*').finally(() => redis.disconnect());
    expect(keys).toContainEqual(expect.stringMatching(/^\{limit:tokens:/));
    expect(keys.filter((key) => !/^\{(?:turnpike\}|limit:)/.test(key))).toEqual([]);
  });

  test('a call without a bound takes what there is; one that no minute has room for is not worth repeating', async () => {
    const caller = await limited({ tokens_per_minute: 100 });
    const { max_tokens: _bound, ...unbounded } = chat();
    expect((await gateway.post(CHAT, caller, unbounded, { usage })).status).toBe(200);
    const tooLong = await gateway.post(CHAT, caller, chat({ max_tokens: 175 }));
    expect([tooLong.status, tooLong.headers.get('x-should-retry')]).toEqual([429, 'false']);
  });

  test('what a call did not use is given back', async () => {
    const caller = await limited({ tokens_per_minute: 400 });
    for (let count = 0; count < 3; count += 1) {
      const answer = await gateway.post(CHAT, caller, chat({ max_tokens: 300 }), { usage });
      expect(answer.status).toBe(200);
      await answer.text();
    }
    for (let count = 0; count < 3; count += 1)
      await (await gateway.post(CHAT, caller, chat({ max_tokens: 200 }), { status: 500 })).text();
    expect((await gateway.post(CHAT, caller, chat({ max_tokens: 200 }), { usage })).status).toBe(200);
  });

  test('64 calls at once take no more than there is', async () => {
    const caller = await limited({ tokens_per_minute: 1_000 });
    // Each uses what it is counted as, so that nothing comes back for those that arrive late.
    const used = { prompt_tokens: 25, completion_tokens: 180 };
    const startedMs = performance.now();
    const answers = await atOnce(64, () =>
      gateway.post(CHAT, caller, chat({ max_tokens: 180 }), { usage: used, delay_ms: 1_500 }),
    );
    // A call is counted as some 20 tokens in and 180 out, and every twelve seconds there is room for one more.
    const refilled = Math.floor((performance.now() - startedMs) / 12_000);
    expect(answers[200]).toBeGreaterThanOrEqual(4);
    expect(answers[200]).toBeLessThanOrEqual(5 + refilled);
    expect((answers[200] ?? 0) + (answers[429] ?? 0)).toBe(64);
  });
});

describe('the models that a key may call', () => {
  test.each([
    ['/openai/v1/models', 'data', 'id', 'gpt-4o-mini'],
    ['/google/v1beta/models', 'models', 'name', 'models/gemini-2.5-flash'],
    ['/anthropic/v1/models', 'data', 'id', 'claude-sonnet-4-5'],
  ])('%s lists no others', async (path, list, name, model) => {
    const short = model.replace('models/', '');
    const { key } = await limited({ allowed_models: [short, 'unknown-*'] });
    const answer = await fetch(gateway.url + path, { headers: { 'x-api-key': key } });
    const body = (await answer.json()) as Record<string, Record<string, unknown>[]>;
    expect(body[list]?.map((each) => each[name])).toEqual([model]);
    const all = await fetch(gateway.url + path, { headers: { 'x-api-key': member.key } });
    const unbounded = (await all.json()) as typeof body;
    expect(unbounded[list]?.length).toBeGreaterThan(1);
  });

  test('another one is not told of, and not called: 403', async () => {
    const { key } = await limited({ allowed_models: ['gpt-4o-mini'] });
    const told = await fetch(`${gateway.url}/openai/v1/models/gpt-4o`, { headers: { 'x-api-key': key } });
    expect([told.status, await told.json()]).toMatchObject([403, { error: { code: 'model_not_allowed' } }]);
    const sent = gateway.received.length;
    const called = await gateway.post(CHAT, { ...member, key }, chat());
    expect([called.status, await called.json()]).toMatchObject([
      403,
      { error: { code: 'model_not_allowed', param: 'model' } },
    ]);
    expect(gateway.received.length).toBe(sent);
  });

  test('one that a request names inside of it is none that the key may not call: 403', async () => {
    const { key } = await limited({ allowed_models: [MODEL] });
    const sent = gateway.received.length;
    const asked = async (path: string, body: unknown): Promise<[number, string]> => {
      const answer = await gateway.post(path, { ...member, key }, body);
      return [answer.status, await answer.text()];
    };
    const forbidden = [403, expect.stringContaining(DEAR_MODEL)];
    const advisor = { type: 'advisor_20260301', name: 'advisor', model: DEAR_MODEL };
    expect(await asked('/anthropic/v1/messages', chat({ tools: [advisor] }))).toEqual(forbidden);
    expect(await asked('/anthropic/v1/messages', chat({ fallbacks: [{ model: DEAR_MODEL }] }))).toEqual(forbidden);
    const draws = { type: 'image_generation', model: DEAR_MODEL };
    expect(await asked('/openai/v1/responses', { model: MODEL, input: 'x', tools: [draws] })).toEqual(forbidden);
    const form = new FormData();
    form.set('model', MODEL);
    form.set('image', new Blob(['x']), 'x.png');
    form.set('svg[model]', DEAR_MODEL);
    const edits = `${gateway.url}/openai/v1/images/edits`;
    const edited = await fetch(edits, { method: 'POST', headers: { 'x-api-key': key }, body: form });
    expect([edited.status, await edited.text()]).toEqual(forbidden);
    // Of two names a vendor would take the other one.
    const twice = JSON.stringify(chat({ tools: [{ ...advisor, model: MODEL }] }));
    const [status] = await asked('/anthropic/v1/messages', twice.replace('"name"', `"model":"${DEAR_MODEL}","name"`));
    expect([status, gateway.received.length]).toEqual([400, sent]);
  });
});
