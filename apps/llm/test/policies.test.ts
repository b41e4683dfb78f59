import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import type { Script } from '@turnpike/stand-in-vendors';
import { waitFor } from '@turnpike/test-kit';
import { MODEL, type Customer, type Gateway } from './support/gateway.ts';
import { logsOf } from './support/logs-of.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** Policies of the operator on calls through the vendors' own SDKs. */

const POLICIES = [
  {
    name: 'no-asking',
    type: 'keyword',
    config: { words: ['forbidden question'] },
    action: 'block',
    direction: 'request',
  },
  {
    name: 'no-telling',
    type: 'keyword',
    config: { words: ['forbidden answer'] },
    action: 'block',
    direction: 'response',
  },
  { name: 'no-addresses', type: 'pii', config: { entities: ['email'] }, action: 'redact' },
  { name: 'codename', type: 'regex', config: { pattern: 'project-[0-9]+' } },
];

let folder: string;
let gateway: Gateway;
let customer: Customer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policies-'));
  const file = join(folder, 'policies.json');
  await writeFile(file, JSON.stringify(POLICIES));
  gateway = await startPricedGateway({ LLM_POLICIES_FILE: file, LLM_HELD_BYTES_MAX: '8000' });
  customer = await gateway.customer();
});
afterEach(() => {
  gateway.received.length = 0;
});
afterAll(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true });
});

const TEXT = 'Write to ann@acme.example, or to bob@acme.example.';
const REDACTED = 'Write to [EMAIL], or to [EMAIL].';
const scripted = (script: Script) => ({ headers: { 'x-stand-in': JSON.stringify(script) } });
const openai = () => new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: customer.key });
const anthropic = () => new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: customer.key });
const google = (script: Script = {}) =>
  new GoogleGenAI({
    apiKey: customer.key,
    httpOptions: {
      baseUrl: `${gateway.url}/google`,
      ...scripted(script),
      // The SDK looks for Node's own dispatcher in the global object, which Jest replaces.
      fetch: (...request) => fetch(...request),
    },
  });

/** What each SDK is asked, and what it gives back, whole and streamed. */
interface Way {
  readonly whole: (content: string, script?: Script) => Promise<string>;
  readonly streamed: (content: string, script?: Script) => AsyncGenerator<string>;
}
const WAYS: Record<string, Way> = {
  'chat completions': {
    async whole(content, script = {}) {
      const messages = [{ role: 'user' as const, content }];
      const answer = await openai().chat.completions.create({ model: MODEL, messages }, scripted(script));
      return answer.choices[0]?.message.content ?? '';
    },
    async *streamed(content, script = {}) {
      const messages = [{ role: 'user' as const, content }];
      const stream = await openai().chat.completions.create({ model: MODEL, messages, stream: true }, scripted(script));
      for await (const chunk of stream) yield chunk.choices[0]?.delta.content ?? '';
    },
  },
  responses: {
    async whole(input, script = {}) {
      return (await openai().responses.create({ model: MODEL, input }, scripted(script))).output_text;
    },
    async *streamed(input, script = {}) {
      const stream = await openai().responses.create({ model: MODEL, input, stream: true }, scripted(script));
      for await (const event of stream) {
        if (event.type === 'response.output_text.delta') yield event.delta;
        expect(JSON.stringify(event)).not.toContain('acme.example');
      }
    },
  },
  messages: {
    async whole(content, script = {}) {
      const asked = { model: MODEL, max_tokens: 100, messages: [{ role: 'user' as const, content }] };
      const { content: blocks } = await anthropic().messages.create(asked, scripted(script));
      return blocks.map((block) => (block.type === 'text' ? block.text : '')).join('');
    },
    async *streamed(content, script = {}) {
      const asked = { model: MODEL, max_tokens: 100, messages: [{ role: 'user' as const, content }] };
      for await (const event of anthropic().messages.stream(asked, scripted(script)))
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') yield event.delta.text;
    },
  },
  generateContent: {
    async whole(contents, script) {
      return (await google(script).models.generateContent({ model: MODEL, contents })).text ?? '';
    },
    async *streamed(contents, script) {
      const stream = await google(script).models.generateContentStream({ model: MODEL, contents });
      for await (const chunk of stream) yield chunk.text ?? '';
    },
  },
};

const metrics = async () => await (await fetch(`${gateway.llm().url}/metrics`)).text();

/** What is left once no call holds anything. */
async function balance(): Promise<bigint> {
  await waitFor(async () => /^turnpike_llm_calls_under_way\{[^}]*\} 0$/m.test(await metrics()));
  return gateway.balance(customer);
}

async function gathered(pieces: AsyncGenerator<string>): Promise<{ text: string; error: unknown }> {
  let text = '';
  try {
    for await (const piece of pieces) text += piece;
    return { text, error: undefined };
  } catch (error) {
    return { text, error };
  }
}

describe.each(Object.entries(WAYS))('%s', (name, { whole, streamed }) => {
  test('a request that is blocked is 400 with the policy in its message; nothing is sent or charged', async () => {
    const before = await balance();
    const error: unknown = await whole('A Forbidden  question? A forbidden question!').catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ status: 400 });
    if (name === 'messages') expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    else if (name === 'generateContent') expect(error).toBeInstanceOf(ApiError);
    else expect(error).toMatchObject({ code: 'content_policy_violation', type: 'invalid_request_error' });
    expect(String(error)).toContain('no-asking');
    expect(gateway.received).toEqual([]);
    expect(await balance()).toBe(before);
  });

  test('addresses are taken out of what is asked and what is answered, whole and streamed', async () => {
    expect(await whole(`Who is eve@acme.example? é`, { text: TEXT })).toBe(REDACTED);
    expect(gateway.received[0]?.body).toContain('Who is [EMAIL]? é');
    expect(await gathered(streamed('Who?', { text: TEXT }))).toEqual({ text: REDACTED, error: undefined });
  });

  test('an answer that is blocked is an error, whole and streamed, and is paid for', async () => {
    const script = { text: 'Here is the forbidden answer to all' };
    const before = await balance();
    const error: unknown = await whole('Tell', script).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 400 });
    const afterOne = await balance();
    expect(afterOne).toBeLessThan(before);
    const { text, error: thrown } = await gathered(streamed('Tell', script));
    expect('Here is the ').toContain(text);
    expect(String(thrown)).toContain('no-telling');
    expect(await balance()).toBeLessThan(afterOne);
  });
});

test('a stream that is blocked ends without [DONE]', async () => {
  const body = { model: MODEL, stream: true, messages: [{ role: 'user', content: 'Tell' }] };
  const response = await gateway.post('/openai/v1/chat/completions', customer, body, {
    text: 'The forbidden answer is 7',
  });
  const text = await response.text();
  expect(text).toContain('content_policy_violation');
  expect(text).not.toContain('[DONE]');
  expect(text).not.toContain('answer is');
});

test('what was held back is shown, redacted, before a stream is told to have broken', async () => {
  const body = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], stream: true };
  const script = { text: 'Write to ann@acme.example', cut_after: 4 };
  const text = await (await gateway.post('/openai/v1/chat/completions', customer, body, script)).text();
  expect(text).toContain('[EMAIL]');
  expect(text).not.toContain('acme');
  expect(text.indexOf('upstream_unavailable')).toBeGreaterThan(text.indexOf('[EMAIL]'));
});

test('what is only flagged passes, and is told of without its text', async () => {
  const answer = await WAYS['chat completions']?.whole('About project-4711?', { text: 'ok' });
  expect(answer).toBe('ok');
  expect(gateway.received[0]?.body).toContain('project-4711');
  const logs = await logsOf(gateway, customer);
  expect(logs).toMatch(/"policyName":"codename".*a policy found something/);
  expect(logs).not.toContain('project-4711');
  expect(await metrics()).toMatch(/llm_policy_hits_total\{type="regex",action="flagged"[^}]*\} 1/);
});

test('an answer that is compressed, though that was not asked for, is not shown unseen', async () => {
  const body = { model: MODEL, messages: [{ role: 'user', content: 'Tell' }] };
  const script = { text: TEXT, headers: { 'content-encoding': 'x-unknown' } };
  for (const stream of [false, true]) {
    const response = await gateway.post('/openai/v1/chat/completions', customer, { ...body, stream }, script);
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain('acme.example');
  }
});

test('a prompt in a form is looked at', async () => {
  const file = new File([Buffer.alloc(100)], 'a.png', { type: 'image/png' });
  const asked = openai().images.edit({ model: MODEL, image: file, prompt: 'the forbidden question' });
  await expect(asked).rejects.toMatchObject({ status: 400, code: 'content_policy_violation' });
  expect(gateway.received).toEqual([]);
});

test('an answer that is too long to be looked at as a whole is refused, and charged, as the vendor gave it', async () => {
  const before = await gateway.balance(customer);
  const messages = [{ role: 'user' as const, content: 'Hello' }];
  const usage = { prompt_tokens: 20, completion_tokens: 10 };
  const script = scripted({ text: 'long '.repeat(2_000), usage });
  const error: unknown = await openai()
    .chat.completions.create({ model: MODEL, messages }, script)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OpenAI.InternalServerError);
  expect(error).toMatchObject({ status: 502, message: expect.stringContaining('8000 bytes') });
  expect(gateway.received.length).toBe(1);
  await gateway.charged(customer, before, 20n * 15n + 10n * 60n);
});
