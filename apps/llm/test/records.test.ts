import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { composeApiKey } from '@turnpike/contracts';
import { startTraceCollector, waitFor, type TraceCollector } from '@turnpike/test-kit';
import { MODEL, type Customer, type Gateway, type Member } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** What usage shows of calls that went through the edge. A token in costs 15 micro-credits, one out 60. */

const POLICIES = [
  {
    name: 'no-asking',
    type: 'keyword',
    config: { words: ['forbidden question'] },
    action: 'block',
    direction: 'request',
  },
];
const CHAT = '/openai/v1/chat/completions';
const ANALYTICS = '/trueportai-services/api/v1/analytics';
const usage = { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 };
const COST = '0.0009';

interface Page {
  readonly items: readonly Record<string, unknown>[];
}

let folder: string;
let gateway: Gateway;
let member: Member;
let collector: TraceCollector;
beforeAll(async () => {
  collector = await startTraceCollector();
  folder = await mkdtemp(join(tmpdir(), 'records-'));
  const file = join(folder, 'policies.json');
  await writeFile(file, JSON.stringify(POLICIES));
  gateway = await startPricedGateway({
    LLM_POLICIES_FILE: file,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '100',
  });
  member = await gateway.member();
});
afterAll(async () => {
  await gateway.verify();
  await gateway.stop();
  await collector.close();
  await rm(folder, { recursive: true });
});

const chat = (content: string, more: object = {}) => ({
  model: MODEL,
  messages: [{ role: 'user', content }],
  max_tokens: 100,
  ...more,
});

/** A call whose client leaves after the first bytes of the stream. */
async function abandon(customer: Customer, requestId: string): Promise<void> {
  const leaving = new AbortController();
  const response = await fetch(gateway.url + CHAT, {
    method: 'POST',
    body: JSON.stringify(chat('Hello', { stream: true })),
    headers: {
      'x-api-key': customer.key,
      'content-type': 'application/json',
      'x-request-id': requestId,
      'x-stand-in': JSON.stringify({ usage, step_ms: 100 }),
    },
    signal: leaving.signal,
  });
  await response.body?.getReader().read();
  leaving.abort();
}

/** A plain, a streamed, an abandoned and a blocked call. */
async function callAll(customer: Customer): Promise<void> {
  const post = async (requestId: string, body: object): Promise<number> => {
    const answer = await gateway.post(CHAT, customer, body, { usage }, { 'x-request-id': requestId });
    await answer.text();
    return answer.status;
  };
  expect(await post('plain', chat('Hello'))).toBe(200);
  expect(await post('streamed', chat('Hello', { stream: true }))).toBe(200);
  expect(await post('blocked', chat('A forbidden question'))).toBe(400);
  await abandon(customer, 'abandoned');
}

/** The records of the four calls by their request ids, when all are complete. */
async function completed(path: string, token: string): Promise<Record<string, Record<string, unknown>>> {
  let items: Page['items'] = [];
  await waitFor(
    async () => {
      ({ items } = (await gateway.read(path, { authorization: `Bearer ${token}` })) as unknown as Page);
      return items.filter(({ provider }) => provider === 'openai').length === 4;
    },
    { intervalMs: 500 },
  );
  return Object.fromEntries(items.map((item) => [String(item['request_id']), item]));
}

test('a call of an organisation is in its log and sums with model, tokens, cost and violations, however it ended', async () => {
  await callAll(member);
  const paid = {
    provider: 'openai',
    model: MODEL,
    endpoint: 'chat.completions',
    input_tokens: 20,
    output_tokens: 10,
    cost: COST,
    charge_state: 'settled',
    usage_source: 'provider',
    reservation_id: expect.any(String),
    violations: 0,
  };
  const log = await completed(`${ANALYTICS}/logs`, member.token);
  const plain = { status: 200, stream: false, client_disconnected: false, finish_reason: 'stop', ttft_ms: null };
  expect(log['plain']).toMatchObject({ ...paid, ...plain });
  const first = { finish_reason: 'stop', ttft_ms: expect.any(Number) };
  expect(log['streamed']).toMatchObject({ ...paid, status: 200, stream: true, ...first });
  expect(log['abandoned']).toMatchObject({ ...paid, status: 499, stream: true, client_disconnected: true });
  expect(log['blocked']).toMatchObject({
    model: MODEL,
    status: 400,
    cost: '0',
    violations: 1,
    error_type: 'llm.policy_blocked',
    charge_state: null,
  });

  const stats = await gateway.read(`${ANALYTICS}/stats?group_by=model`, { authorization: `Bearer ${member.token}` });
  const sums = { input_tokens: 60, output_tokens: 30, cost: '0.0027', violations: 1, blocked: 1 };
  expect(stats['totals']).toMatchObject({ ...sums, ttft_ms: { p50: expect.any(Number), p99: expect.any(Number) } });
  expect(stats['groups']).toContainEqual(expect.objectContaining({ key: MODEL, requests: 4, errors: 2, ...sums }));
});

test('E29: calls with keys that nobody has are in no log of anybody’s', async () => {
  const other = await gateway.member();
  const invented = Array.from({ length: 20 }, (_none, count) => composeApiKey('prod', String(count).padStart(30, 'C')));
  for (const key of invented) expect((await gateway.post(CHAT, { ...other, key }, chat('Hello'))).status).toBe(401);
  expect((await gateway.post(CHAT, other, chat('Hello'), { usage }, { 'x-request-id': 'after' })).status).toBe(200);
  const items = await waitFor(
    async () => {
      const page = await gateway.read(`${ANALYTICS}/logs?limit=100`, { authorization: `Bearer ${other.token}` });
      const found = (page as unknown as Page).items;
      return found.some((item) => item['request_id'] === 'after') ? found : undefined;
    },
    { intervalMs: 500 },
  );
  expect(items.filter(({ status }) => status === 401)).toEqual([]);
});

test('a person finds what a call cost among their own requests', async () => {
  const customer = await gateway.customer();
  await callAll(customer);
  const own = await completed('/api/v1/usage/requests', customer.token);
  for (const requestId of ['plain', 'streamed', 'abandoned'])
    expect(own[requestId]).toMatchObject({
      provider: 'openai',
      model: MODEL,
      input_tokens: 20,
      output_tokens: 10,
      charged: COST,
    });
  expect(own['blocked']).toMatchObject({ provider: 'openai', model: MODEL, charged: null });
  const shown = await gateway.read(`/api/v1/usage/requests/${String(own['plain']?.['id'])}`, {
    authorization: `Bearer ${customer.token}`,
  });
  expect(shown['explain']).toContainEqual(
    expect.objectContaining({ link: 'price', outcome: 'passed', detail: `${MODEL} is charged by what it uses.` }),
  );
});

test('what the records say was charged is what the ledger charged', async () => {
  const customer = await gateway.customer();
  await callAll(customer);
  await completed('/api/v1/usage/requests', customer.token);
  const sinceMs = Date.now();
  let days: readonly { readonly records: string; readonly drift: string; readonly compared_at: string }[] = [];
  await waitFor(
    async () => {
      ({ days } = (await gateway.read('/api/v1/usage/admin/drift', gateway.operator)) as unknown as {
        days: typeof days;
      });
      return days.length > 0 && days.every((day) => Date.parse(day.compared_at) > sinceMs);
    },
    { intervalMs: 500 },
  );
  // A call at midnight may have its record on one day and its charge on the other.
  expect(days.reduce((sum, { drift }) => sum + Number(drift), 0)).toBe(0);
  expect(days.reduce((sum, { records }) => sum + Number(records), 0)).toBeGreaterThanOrEqual(0.0027);
});

test('in a trace the call at the vendor stands between the hold and the charge, and the vendor hears nothing of it', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  gateway.received.length = 0;
  const response = await fetch(gateway.url + CHAT, {
    method: 'POST',
    body: JSON.stringify(chat('Hello')),
    headers: {
      'x-api-key': member.key,
      'content-type': 'application/json',
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    },
  });
  expect(response.status).toBe(200);
  await response.text();
  const inTrace = () => collector.spans.filter((span) => span.traceId === traceId);
  await waitFor(() => inTrace().some(({ name }) => name === 'settle'));
  const whole = await waitFor(() => inTrace().find(({ name }) => name.startsWith('POST /trueportai-services')));
  for (const name of ['reserve', 'upstream', 'settle'])
    expect(inTrace()).toContainEqual(expect.objectContaining({ name, service: 'llm', parentSpanId: whole.spanId }));
  expect(inTrace().find(({ name }) => name === 'upstream')?.attributes).toMatchObject({
    'turnpike.provider': 'openai',
    'turnpike.model': MODEL,
    'http.response.status_code': 200,
  });
  expect(JSON.stringify(gateway.received)).not.toContain(traceId);
});
