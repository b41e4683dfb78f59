import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MODEL, type Customer, type Gateway } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** Each path of the vendors' APIs by its class, through the edge (docs/llm.md, "What is offered"). */

let gateway: Gateway;
let customer: Customer;
beforeAll(async () => {
  gateway = await startPricedGateway({
    LLM_EXTRA_PATHS: JSON.stringify([
      { provider: 'openai', method: 'GET', path: 'v1/what/*/thinks', class: 'free' },
      { provider: 'openai', method: 'POST', path: 'v1/what/*', class: 'tokens' },
    ]),
  });
  customer = await gateway.customer();
});
beforeEach(() => {
  gateway.received.length = 0;
});
afterAll(() => gateway.stop());

const messages = [{ role: 'user', content: 'Hello' }];
const contents = [{ parts: [{ text: 'Hello' }] }];
const chat = { model: MODEL, messages };
const ofAzure = 'azure/my-resource/my-deployment';

async function answerOf(line: string, body?: unknown): Promise<number> {
  const [method = '', path = ''] = line.split(' ');
  const { status } = await fetch(`${gateway.url}/${path}`, {
    method,
    headers: { 'x-api-key': customer.key, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return status;
}

describe('metered: answered, and charged', () => {
  test.each<[string, object]>([
    ['POST openai/v1/chat/completions', chat],
    ['POST openai/v1/completions', { model: MODEL, prompt: 'Hello' }],
    ['POST openai/v1/responses', { model: MODEL, input: 'Hello' }],
    ['POST openai/v1/embeddings', { model: MODEL, input: 'Hello' }],
    ['POST openai/v1/images/generations', { model: MODEL, prompt: 'A bird' }],
    ['POST openai/v1/audio/speech', { model: MODEL, input: 'Hello', voice: 'alloy' }],
    ['POST anthropic/v1/messages', { ...chat, max_tokens: 10 }],
    [`POST google/v1beta/models/${MODEL}:generateContent`, { contents }],
    [`POST google/v1/models/${MODEL}:streamGenerateContent?alt=sse`, { contents }],
    [`POST google/v1beta/models/${MODEL}:embedContent`, { content: contents[0] }],
    [`POST google/v1beta/models/${MODEL}:batchEmbedContents`, { requests: [{ content: contents[0] }] }],
    ['POST google/v1beta/models/image-model:predict', { instances: [{ prompt: 'A bird' }] }],
    ['POST google/v1beta/interactions', { model: MODEL, input: 'Hello' }],
    ['POST google/v1beta/openai/chat/completions', chat],
    ['POST google/v1beta/openai/embeddings', { model: MODEL, input: 'Hello' }],
    [`POST ${ofAzure}/chat/completions?api-version=2024-10-21`, { messages }],
    [`POST ${ofAzure}/openai/v1/responses`, { model: 'my-deployment', input: 'Hello' }],
  ])('%s', async (line, body) => {
    const before = (await gateway.calls(customer.userId)).length;
    expect(await answerOf(line, body)).toBe(200);
    const calls = await gateway.calls(customer.userId);
    expect(calls.length).toBe(before + 1);
    expect(gateway.received.length).toBe(1);
  });
});

describe('free: answered, and held for nothing', () => {
  test.each<[string, object | undefined]>([
    ['POST openai/v1/moderations', { input: 'Hello' }],
    ['POST openai/v1/responses/input_tokens', { model: MODEL, input: 'Hello' }],
    ['GET openai/v1/models', undefined],
    ['GET openai/v1/models/gpt-4o', undefined],
    ['GET openai/v1/files', undefined],
    ['GET openai/v1/batches', undefined],
    ['GET openai/v1/vector_stores', undefined],
    ['GET openai/v1/containers', undefined],
    ['POST anthropic/v1/messages/count_tokens', chat],
    ['GET anthropic/v1/models', undefined],
    ['GET anthropic/v1/files', undefined],
    ['GET anthropic/v1/skills', undefined],
    ['GET anthropic/v1/messages/batches', undefined],
    [`POST google/v1beta/models/${MODEL}:countTokens`, { contents }],
    ['GET google/v1beta/models', undefined],
    ['GET google/v1beta/files', undefined],
    ['GET google/v1beta/batches', undefined],
    [`GET ${ofAzure}/openai/models?api-version=2024-10-21`, undefined],
  ])('%s', async (line, body) => {
    const before = await gateway.calls(customer.userId);
    expect(await answerOf(line, body)).toBe(200);
    expect(await gateway.calls(customer.userId)).toEqual(before);
  });
});

describe('owned: 404 for what nobody made, and the vendor is not asked', () => {
  test.each([
    'GET openai/v1/files/file-1',
    'GET openai/v1/files/file-1/content',
    'DELETE openai/v1/files/file-1',
    'POST openai/v1/uploads/upload_1/complete',
    'GET openai/v1/responses/resp_1',
    'GET openai/v1/responses/resp_1/input_items',
    'POST openai/v1/responses/resp_1/cancel',
    'GET openai/v1/chat/completions/chatcmpl-1',
    'GET openai/v1/chat/completions/chatcmpl-1/messages',
    'GET openai/v1/conversations/conv_1',
    'GET openai/v1/vector_stores/vs_1',
    'GET openai/v1/vector_stores/vs_1/files',
    'GET openai/v1/batches/batch_1',
    'POST openai/v1/batches/batch_1/cancel',
    'GET openai/v1/containers/cntr_1',
    'GET openai/v1/containers/cntr_1/files/cfile_1/content',
    'GET anthropic/v1/files/file_1',
    'GET anthropic/v1/skills/skill_1',
    'GET anthropic/v1/messages/batches/msgbatch_1',
    'GET anthropic/v1/messages/batches/msgbatch_1/results',
    'GET google/v1beta/files/abc',
    'GET google/v1beta/interactions/int_1',
    'GET google/v1beta/batches/b-1',
    'POST google/v1beta/batches/b-1:cancel',
    `GET ${ofAzure}/openai/files/file-1?api-version=2024-10-21`,
  ])('%s', async (line) => {
    expect(await answerOf(line)).toBe(404);
    expect(gateway.received).toEqual([]);
  });
});

describe('opened by an operator (LLM_EXTRA_PATHS)', () => {
  test('what is free passes, and what is metered is held for; nothing else of the kind', async () => {
    const before = (await gateway.calls(customer.userId)).length;
    // The vendor has none of them, but is asked.
    expect(await answerOf('GET openai/v1/what/nobody/thinks')).toBe(404);
    expect(gateway.received.map(({ target }) => target)).toEqual(['/openai/v1/what/nobody/thinks']);
    expect((await gateway.calls(customer.userId)).length).toBe(before);
    expect(await answerOf('POST openai/v1/what/nobody', { model: MODEL, input: 'Hello' })).toBe(404);
    expect(gateway.received.length).toBe(2);
    expect((await gateway.calls(customer.userId)).slice(before)).toMatchObject([{ state: 'released' }]);
    expect(await answerOf('POST openai/v1/what/nobody', { model: 'nobody-knows-it', input: 'Hello' })).toBe(400);
    for (const line of [
      'GET openai/v1/what/nobody/thinks/of',
      'GET openai/v1/what/../thinks',
      'GET anthropic/v1/what/nobody/thinks',
    ])
      expect(await answerOf(line)).not.toBe(200);
    expect(gateway.received.length).toBe(2);
  });
});

/** The code of a refusal, where each vendor's SDK finds it. */
const codeOf = (provider: string, { error }: { error: Record<string, unknown> }): unknown => {
  const { details } = error as { details?: { error_code?: string } & Partial<readonly [{ reason: string }]> };
  if (provider === 'google') return details?.[0]?.reason;
  return provider === 'anthropic' ? details?.error_code : error['code'];
};

describe('refused since it could not be charged: 400, and the vendor is not asked', () => {
  test.each([
    ['POST openai/v1/videos', 'by the second'],
    ['POST openai/v1/videos/video_1/remix', 'by the second'],
    [`POST ${ofAzure}/openai/v1/videos`, 'by the second'],
    ['POST google/v1beta/models/veo-3:predictLongRunning', 'by the second'],
    ['POST google/v1beta/cachedContents', 'by the token and hour'],
    ['POST google/v1beta/fileSearchStores', 'that no answer tells'],
    ['POST google/upload/v1beta/fileSearchStores/s-1:uploadToFileSearchStore', 'that no answer tells'],
  ])('%s', async (line, why) => {
    const [method = '', path = ''] = line.split(' ');
    const headers = { 'x-api-key': customer.key, 'content-type': 'application/json' };
    const answer = await fetch(`${gateway.url}/${path}`, { method, headers, body: JSON.stringify({ model: MODEL }) });
    const body = (await answer.json()) as { error: Record<string, unknown> };
    expect([answer.status, answer.headers.get('x-should-retry')]).toEqual([400, 'false']);
    expect(body.error['message']).toContain(why);
    expect(codeOf(path.split('/')[0] ?? '', body)).toMatch(/^(?:model_not_priced|LLM_MODEL_NOT_PRICED)$/);
    expect(gateway.received).toEqual([]);
  });
});

describe('refused with the reason', () => {
  test.each([
    ['GET openai/v1/projects', 'not_offered'],
    ['POST anthropic/v1/v1/agents', 'llm.not_offered'],
    ['GET google/v1beta/tunedModels', 'LLM_NOT_OFFERED'],
    [`POST ${ofAzure}/openai/fine_tuning/jobs`, 'not_offered'],
    ['GET openai/v1/what/nobody/has/thought/of', 'not_found'],
    ['GET openai/v1/videosof', 'not_found'],
  ])('%s: %s', async (line, code) => {
    const [method = '', path = ''] = line.split(' ');
    const answer = await fetch(`${gateway.url}/${path}`, { method, headers: { 'x-api-key': customer.key } });
    expect(answer.status).toBe(404);
    expect(codeOf(path.split('/')[0] ?? '', (await answer.json()) as { error: Record<string, unknown> })).toBe(code);
  });
});

describe('refused: 404, and the vendor is not asked', () => {
  test.each([
    'GET openai/v1/chat/completions',
    'GET openai/v1/organization/usage/completions',
    'GET openai/v1/projects',
    'POST openai/v1/fine_tuning/jobs',
    'POST openai/v1/webhook_endpoints',
    'POST openai/v1/vaults',
    'POST openai/v1/agents',
    'POST openai/v1/assistants',
    'POST openai/v1/threads',
    'POST openai/v1/evals',
    'GET openai/v1/skills',
    'POST openai/v1/audio/voices',
    'POST openai/v1/realtime/client_secrets',
    'POST openai/v1/realtime/sessions',
    'POST openai/v1/live/sessions',
    'GET anthropic/v1/organizations/me',
    'POST anthropic/v1/agents',
    'POST anthropic/v1/sessions',
    'POST anthropic/v1/environments',
    'POST anthropic/v1/memory_stores',
    'POST anthropic/v1/deployments',
    'POST google/v1beta/tunedModels',
    'GET google/v1beta/tunedModels',
    'POST google/v1alpha/auth_tokens',
    'POST google/v1beta/webhooks',
    'POST google/v1beta/triggers',
    'POST google/v1beta/environments',
    'POST google/v1beta/agents',
    'GET openai/v1/videos/video_1',
    'GET google/v1beta/cachedContents/c-1',
    'PATCH google/v1beta/cachedContents/c-1',
    'GET google/v1beta/fileSearchStores',
    'GET google/v1beta/models/veo-3/operations/op_1',
    'POST google/v1beta/openai/images/generations',
    'POST google/v1beta/files:register',
    'GET google/v1beta/operations/op_1',
    `POST ${ofAzure}/openai/fine_tuning/jobs`,
    'POST azure/unknown-resource/my-deployment/chat/completions',
    'GET openai/v1/what/nobody/has/thought/of',
  ])('%s', async (line) => {
    const body = line.startsWith('POST') ? { model: MODEL } : undefined;
    expect(await answerOf(line, body)).toBe(404);
    expect(gateway.received).toEqual([]);
  });
});
