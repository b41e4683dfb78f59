import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import type { Script } from '@turnpike/stand-in-vendors';
import { waitFor } from '@turnpike/test-kit';
import { MODEL, type Gateway, type Member } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** Detectors of others, asked over HTTP: before a call, before its answer, or after both. */

interface Asked {
  readonly direction: string;
  readonly texts: { readonly location: string; readonly text: string }[];
}

let gateway: Gateway;
let acme: Member;
let detector: Server;
let url: string;
let asked: Asked[] = [];
/** What the detector answers in place of what it finds: a status, or nothing at all. */
let instead: number | 'silence' | undefined;

beforeAll(async () => {
  detector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const question = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
      asked.push(question);
      if (instead === 'silence') return;
      const matches = question.texts.flatMap(({ text }, index) => {
        const start = text.indexOf('Falcon');
        return start === -1 ? [] : [{ text: index, start, end: start + 6, entity: 'codename', confidence: 0.9 }];
      });
      response.writeHead(instead ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify({ matches }));
    });
  });
  await new Promise<void>((resolve) => void detector.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(detector.address() as AddressInfo).port}/detect`;
  gateway = await startPricedGateway({ LLM_DETECTORS_ANYWHERE: 'true' });
});
beforeEach(async () => {
  [asked, instead] = [[], undefined];
  // Each test has an organisation of its own, so that no rule of another is in force.
  acme = await gateway.member();
});
afterAll(async () => {
  await gateway.stop();
  detector.closeAllConnections();
  await new Promise((resolve) => void detector.close(resolve));
});

async function manage(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${gateway.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${acme.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

async function make(rule: object, config: object = {}): Promise<void> {
  const made = await manage('POST', 'policies', {
    name: 'Codenames',
    type: 'external',
    config: { url, ...config },
    ...rule,
  });
  expect(made).toMatchObject({ status: 201 });
}

const ask = (content: string, script: Script = {}) =>
  gateway.post('/openai/v1/chat/completions', acme, { model: MODEL, messages: [{ role: 'user', content }] }, script);

async function violations(): Promise<Record<string, unknown>[]> {
  return (await manage('GET', 'analytics/violations'))['items'] as Record<string, unknown>[];
}

test('one that blocks is asked before the call, and nothing is sent or charged where it finds something', async () => {
  await make({ action: 'block', direction: 'request' });
  await waitFor(async () => (await ask('About Falcon')).status === 400);
  gateway.received.length = 0;
  const refused = await ask('About Falcon');
  expect(await refused.json()).toMatchObject({ error: { code: 'content_policy_violation' } });
  expect(gateway.received).toEqual([]);
  expect((await ask('About birds')).status).toBe(200);
  expect(asked.at(-1)).toMatchObject({
    direction: 'request',
    texts: [{ location: '/messages/0/content', text: 'About birds' }],
  });
  const [found] = await violations();
  expect(found).toMatchObject({
    type: 'external',
    category: 'codename',
    action: 'blocked',
    phase: 'sync',
    excerpt: '******',
  });
});

test('one that blocks is asked about the whole answer before any of it is shown, also of a stream', async () => {
  await make({ action: 'block', direction: 'response' });
  const openai = new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: acme.key, maxRetries: 0 });
  const streamed = async (parts: string[]) => {
    let text = '';
    const chunks = await openai.chat.completions.create(
      { model: MODEL, stream: true, messages: [{ role: 'user', content: 'Tell' }] },
      { headers: { 'x-stand-in': JSON.stringify({ parts }) } },
    );
    for await (const chunk of chunks) text += chunk.choices[0]?.delta.content ?? '';
    return text;
  };
  await waitFor(async () => (await ask('Tell', { text: 'It is Falcon' })).status === 400);
  await expect(streamed(['It is Fal', 'con.'])).rejects.toMatchObject({
    status: 400,
    code: 'content_policy_violation',
  });
  expect(await streamed(['It is ', 'a bird.'])).toBe('It is a bird.');
});

test('one that flags is asked after the answer, which does not wait, and what it finds is a violation', async () => {
  await make({ action: 'flag', direction: 'both' });
  await waitFor(async () => {
    expect((await ask('About Falcon', { text: 'Falcon it is' })).status).toBe(200);
    return (await violations()).length > 1;
  });
  const found = await violations();
  expect(found.map(({ phase, action }) => [phase, action])).toEqual(found.map(() => ['async', 'flagged']));
  expect(new Set(found.map(({ direction }) => direction))).toEqual(new Set(['request', 'response']));
  expect(JSON.stringify(found)).not.toContain('Falcon');
});

test.each([
  ['block', 503],
  ['allow', 200],
] as const)(
  'one that does not answer in time, or as it should, is heeded by its on_error: %s',
  async (on_error, status) => {
    await make({ action: 'block', direction: 'request' }, { on_error, timeout_ms: 200 });
    await waitFor(async () => {
      await ask('About birds');
      return asked.length > 0;
    });
    for (instead of [500, 'silence'] as const) {
      const answer = await ask('About birds');
      expect(answer.status).toBe(status);
      if (status === 503) expect(answer.headers.get('retry-after')).toBe('1');
    }
  },
);

test('one at a private address is not asked, whatever its name', async () => {
  await gateway.restart('llm', { LLM_DETECTORS_ANYWHERE: 'false' });
  try {
    await make({ action: 'block', direction: 'request', name: 'by address' }, { on_error: 'block' });
    const { port } = new URL(url);
    await make(
      { action: 'block', direction: 'request', name: 'by name' },
      { url: `http://localhost:${port}/`, on_error: 'block' },
    );
    await waitFor(async () => (await ask('About birds')).status === 503);
    expect(asked).toEqual([]);
    await waitFor(() => gateway.llm().logs().join('\n').includes('is not a public address'));
  } finally {
    await gateway.restart('llm');
  }
});
