import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import OpenAI, { type APIError } from 'openai';
import {
  eventQueueName,
  POLICY_ALERTS_PREFIX,
  QUEUE_PREFIX,
  type EventEnvelope,
  type EventPayload,
} from '@turnpike/contracts';
import type { Script } from '@turnpike/stand-in-vendors';
import { waitFor } from '@turnpike/test-kit';
import { MODEL, type Gateway, type Member } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** Policies that an organisation writes itself, from the route to the call and to the violation. */

let gateway: Gateway;
let acme: Member;
let other: Member;
beforeAll(async () => {
  gateway = await startPricedGateway();
  [acme, other] = [await gateway.member(), await gateway.member()];
});
afterAll(() => gateway.stop());

const POLICIES = '/api/v1/policies';
const VIOLATIONS = '/api/v1/analytics/violations';

interface Sent {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function manage(by: Member, method: string, path: string, body?: unknown): Promise<Sent> {
  const response = await fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${by.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

const items = ({ body }: Sent) => body['items'] as Record<string, unknown>[];
const WORDS = (...words: string[]) => ({ type: 'keyword', config: { words } });

async function make(by: Member, rule: object): Promise<string> {
  const { status, body } = await manage(by, 'POST', POLICIES, rule);
  expect([status, body]).toEqual([201, expect.anything()]);
  return String(body['id']);
}

/** Waits until a call is refused, or is not. */
async function untilAsked(by: Member, content: string, status: number): Promise<void> {
  const body = { model: MODEL, messages: [{ role: 'user', content }] };
  await waitFor(async () => (await gateway.post('/openai/v1/chat/completions', by, body)).status === status);
}

describe('a policy', () => {
  test('is made, read, listed, replaced, kept in its versions, and deleted', async () => {
    const id = await make(acme, { name: 'Names', ...WORDS('Falcon'), action: 'block', direction: 'request' });
    const read = await manage(acme, 'GET', `${POLICIES}/${id}`);
    expect(read.body).toMatchObject({
      id,
      name: 'Names',
      type: 'keyword',
      config: { words: ['Falcon'], match: 'word', case_sensitive: false },
      action: 'block',
      severity: 'medium',
      scope: {},
      enabled: true,
      version: 1,
      created_by: acme.userId,
    });
    expect(items(await manage(acme, 'GET', POLICIES))).toEqual([read.body]);
    const rule = { name: 'Names', ...WORDS('Eagle'), version: 1 };
    const replaced = await manage(acme, 'PUT', `${POLICIES}/${id}`, rule);
    expect(replaced).toMatchObject({ status: 200, body: { version: 2, action: 'flag', config: { words: ['Eagle'] } } });
    expect(await manage(acme, 'PUT', `${POLICIES}/${id}`, rule)).toMatchObject({ status: 409 });
    const versions = items(await manage(acme, 'GET', `${POLICIES}/${id}/versions`));
    expect(versions.map(({ version, action, config }) => [version, action, config])).toEqual([
      [2, 'flag', expect.objectContaining({ words: ['Eagle'] })],
      [1, 'block', expect.objectContaining({ words: ['Falcon'] })],
    ]);
    expect((await manage(acme, 'DELETE', `${POLICIES}/${id}`)).status).toBe(204);
    for (const method of ['GET', 'DELETE']) expect((await manage(acme, method, `${POLICIES}/${id}`)).status).toBe(404);
    expect(items(await manage(acme, 'GET', POLICIES))).toEqual([]);
  });

  test('of another organisation is 404, like one that there is not', async () => {
    const id = await make(acme, { name: 'Ours', ...WORDS('x') });
    const answer = async (policyId: string, method: string, path = '') => {
      const body = method === 'PUT' ? { name: 'Theirs', ...WORDS('y'), version: 1 } : undefined;
      const { status, body: problem } = await manage(other, method, `${POLICIES}/${policyId}${path}`, body);
      return { status, code: problem['code'], detail: problem['detail'] };
    };
    for (const [method, path] of [['GET'], ['PUT'], ['DELETE'], ['GET', '/versions']] as const) {
      const theirs = await answer(id, method, path);
      expect(theirs.status).toBe(404);
      expect(theirs).toEqual(await answer(randomUUID(), method, path));
    }
    expect(items(await manage(other, 'GET', POLICIES))).toEqual([]);
    await manage(acme, 'DELETE', `${POLICIES}/${id}`);
  });

  test('that cannot be is 422 with the place of the fault', async () => {
    const faults = async (rule: object) => {
      const { status, body } = await manage(acme, 'POST', POLICIES, { name: 'x', ...rule });
      return [status, (body['errors'] as { path: string }[] | undefined)?.[0]?.path];
    };
    const regex = (pattern: string) => ({ type: 'regex', config: { pattern } });
    for (const pattern of ['(?=x)y', '(a)\\1', '(', 'a*'])
      expect(await faults(regex(pattern))).toEqual([422, 'body.config.pattern']);
    expect(await faults({ type: 'model', config: { deny: ['gpt-*'] }, action: 'redact' })).toEqual([
      422,
      'body.action',
    ]);
    expect(await faults({ type: 'keyword', config: { words: [] } })).toEqual([422, 'body.config.words']);
    // RE2 runs it in a time that grows with the text alone.
    const id = await make(acme, { name: 'slow elsewhere', ...regex('(a+)+$') });
    await manage(acme, 'DELETE', `${POLICIES}/${id}`);
  });
});

test('what a grave policy found is told to the owners once an hour, and what another found is not', async () => {
  const by = await gateway.member();
  const { organisationId } = by;
  const redis = new Redis(gateway.redisUrl, { maxRetriesPerRequest: null });
  const events = new Queue<EventEnvelope>(eventQueueName('auth'), { connection: redis, prefix: QUEUE_PREFIX });
  const told = async () =>
    (await events.getJobs())
      .map(({ data }) => data.payload as EventPayload<'organisation.notice'>)
      .filter(({ organisation_id: id }) => id === organisationId);
  try {
    const block = { action: 'block', direction: 'request' };
    const grave = await make(by, { name: 'Grave', ...WORDS('Falcon'), ...block, severity: 'critical' });
    await make(by, { name: 'Light', ...WORDS('Eagle'), ...block });
    await untilAsked(by, 'Is it an Eagle?', 400);
    await untilAsked(by, 'Is it a Falcon?', 400);
    await waitFor(async () => (await told()).length === 1);
    const [first] = await told();
    const found = items(await manage(by, 'GET', `${VIOLATIONS}?severity=critical`))[0];
    expect(first).toEqual({
      organisation_id: organisationId,
      key: `policy_${String(found?.['id'])}`,
      notice: {
        kind: 'policy_violated',
        at: expect.stringMatching(/Z$/),
        violation_id: found?.['id'],
        policy_id: grave,
        policy: 'Grave',
        severity: 'critical',
        action: 'blocked',
        environment: 'prod',
      },
    });
    expect(Number(await redis.ttl(`${POLICY_ALERTS_PREFIX}${organisationId}:${grave}`))).toBeGreaterThan(3_000);
    // Another policy is told of after the same one again, so that what is told of that would be there before.
    const more = await make(by, { name: 'More', ...WORDS('Condor'), ...block, severity: 'high' });
    await untilAsked(by, 'Is it a Falcon again?', 400);
    await untilAsked(by, 'Is it a Condor?', 400);
    await waitFor(async () => (await told()).some(({ notice }) => 'policy_id' in notice && notice.policy_id === more));
    expect(await told()).toHaveLength(2);
  } finally {
    await events.close();
    redis.disconnect();
  }
});

test('at most 100 policies are made in an environment, however many ask at once', async () => {
  const { token, ...rest } = await gateway.member();
  const many = { token, ...rest };
  const sent = await Promise.all(
    Array.from({ length: 104 }, (_, index) =>
      manage(many, 'POST', POLICIES, { name: `p ${index}`, ...WORDS(`word${index}`) }),
    ),
  );
  expect(sent.filter(({ status }) => status === 201)).toHaveLength(100);
  expect(sent.filter(({ status }) => status === 409)).toHaveLength(4);
});

describe('a call', () => {
  const openai = (by: Member) => new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: by.key });
  const stream = async (by: Member, script: Script) => {
    let text = '';
    try {
      const chunks = await openai(by).chat.completions.create(
        { model: MODEL, stream: true, messages: [{ role: 'user', content: 'Tell' }] },
        { headers: { 'x-stand-in': JSON.stringify(script) } },
      );
      for await (const chunk of chunks) text += chunk.choices[0]?.delta.content ?? '';
      return { text, error: undefined };
    } catch (error) {
      return { text, error };
    }
  };

  test('obeys a policy as soon as it is made, and no longer once it is deleted; other organisations do not notice', async () => {
    await untilAsked(acme, 'About Project Falcon', 200);
    const id = await make(acme, { name: 'Falcon', ...WORDS('Project Falcon'), action: 'block' });
    await untilAsked(acme, 'About Project Falcon', 400);
    await untilAsked(other, 'About Project Falcon', 200);
    await manage(acme, 'DELETE', `${POLICIES}/${id}`);
    await untilAsked(acme, 'About Project Falcon', 200);
  });

  test('is blocked in the middle of a stream wherever it is cut, and each time a violation is found', async () => {
    const secret = 'Operation Falcon';
    const said = `It is called ${secret} here`;
    const id = await make(acme, {
      name: 'No operation',
      ...WORDS(secret),
      action: 'block',
      direction: 'response',
      severity: 'critical',
    });
    await waitFor(async () => (await stream(acme, { parts: [said] })).error !== undefined);
    const from = new Date().toISOString();
    const start = said.indexOf(secret);
    const cuts = Array.from({ length: secret.length + 1 }, (_, index) => start + index);
    for (const cut of cuts) {
      const { text, error } = await stream(acme, { parts: [said.slice(0, cut), said.slice(cut)] });
      expect('It is called ').toContain(text);
      expect(String(error)).toContain('No operation');
    }
    const query = `?from=${from}&policy_id=${id}&limit=100`;
    const found = await waitFor(async () => {
      const listed = await manage(acme, 'GET', VIOLATIONS + query);
      return items(listed).length === cuts.length ? listed : undefined;
    });
    expect(found.body['total']).toBe(cuts.length);
    const [first = {}] = items(found);
    expect(first).toMatchObject({
      user_id: acme.userId,
      environment: 'prod',
      provider: 'openai',
      model: MODEL,
      policy_id: id,
      policy_name: 'No operation',
      policy_version: 1,
      type: 'keyword',
      severity: 'critical',
      action: 'blocked',
      direction: 'response',
      match_count: 1,
      status: 'open',
      phase: 'sync',
    });
    expect(JSON.stringify(found.body)).not.toContain(secret);
    await manage(acme, 'DELETE', `${POLICIES}/${id}`);
    const one = await manage(acme, 'GET', `${VIOLATIONS}/${String(first['id'])}`);
    expect(one.body).toMatchObject({
      matches: [{ entity: 'keyword' }],
      policy: { id, version: 1, config: { words: [secret] } },
    });
  });

  test('that reads again what a model answered is under the rules for that model, and under all where nobody knows it', async () => {
    const [key, base] = [acme.key, `${gateway.url}/openai/v1`];
    const client = new OpenAI({ baseURL: base, apiKey: key, maxRetries: 0 });
    const script = { headers: { 'x-stand-in': JSON.stringify({ text: 'It is called Kestrel.' }) } };
    const messages = [{ role: 'user' as const, content: 'Hello' }];
    const response = await client.responses.create({ model: MODEL, input: 'Hello' }, script);
    const completion = await client.chat.completions.create({ model: MODEL, messages, store: true }, script);
    const reads = [() => client.responses.retrieve(response.id), () => client.chat.completions.retrieve(completion.id)];
    const rule = { name: 'Birds', ...WORDS('Kestrel'), action: 'block', direction: 'response' };
    const others = await make(acme, { ...rule, scope: { models: ['gpt-*'] } });
    const marker = await make(acme, { name: 'Marker', ...WORDS('Marker'), action: 'block', direction: 'request' });
    await untilAsked(acme, 'Marker', 400);
    for (const read of reads) expect(await read()).toMatchObject({ id: expect.any(String) });
    const ours = await make(acme, { ...rule, scope: { models: ['test-*'] } });
    for (const read of reads)
      await waitFor(async () =>
        read().then(
          () => false,
          (error: unknown) => (error as APIError).code === 'content_policy_violation',
        ),
      );
    await manage(acme, 'DELETE', `${POLICIES}/${ours}`);
    for (const read of reads)
      await waitFor(() =>
        read().then(
          () => true,
          () => false,
        ),
      );
    await gateway.sql(`UPDATE kept_object SET model = NULL WHERE id = '${response.id}'`);
    await expect(client.responses.retrieve(response.id)).rejects.toMatchObject({ code: 'content_policy_violation' });
    for (const id of [others, marker]) await manage(acme, 'DELETE', `${POLICIES}/${id}`);
  });

  test('that is refused names a violation, which can be read at once, and marked', async () => {
    const id = await make(acme, { name: 'No birds', ...WORDS('heron'), action: 'block' });
    await untilAsked(acme, 'A heron', 400);
    const asked = openai(acme).chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: 'A heron' }],
    });
    const error = await asked.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    const { violation_id: violationId } = (error as APIError).error as { violation_id: string };
    const path = `${VIOLATIONS}/${violationId}`;
    expect(await manage(acme, 'GET', path)).toMatchObject({ status: 200, body: { location: '/messages/0/content' } });
    const marked = await manage(acme, 'PATCH', path, { status: 'false_positive', note: 'A bird, and no secret' });
    expect(marked.body).toMatchObject({
      status: 'false_positive',
      note: 'A bird, and no secret',
      status_changed_by: acme.userId,
    });
    const listed = await manage(acme, 'GET', `${VIOLATIONS}?status=false_positive`);
    expect(items(listed).map((each) => each['id'])).toEqual([violationId]);
    // Its record of the log, and from there back.
    const logId = await waitFor(async () => (await manage(acme, 'GET', path)).body['log_id'] ?? undefined);
    const requestId = String(marked.body['request_id']);
    // The call completes the record a moment after the edge has left it.
    await waitFor(async () => {
      const logged = await manage(acme, 'GET', `/api/v1/analytics/logs?has_violation=true&request_id=${requestId}`);
      expect(items(logged)).toEqual([expect.objectContaining({ id: logId, status: 400, violations: 1 })]);
      return true;
    });
    const ofRequest = await manage(acme, 'GET', `${VIOLATIONS}?request_id=${requestId}`);
    expect(items(ofRequest).map(({ id: each, log_id: log }) => [each, log])).toEqual([[violationId, logId]]);
    expect(items(await manage(acme, 'GET', `${VIOLATIONS}?request_id=other`))).toEqual([]);
    expect((await manage(other, 'GET', path)).status).toBe(404);
    expect((await manage(other, 'PATCH', path, { status: 'open' })).status).toBe(404);
    await manage(acme, 'DELETE', `${POLICIES}/${id}`);
  });

  test('through the service that was just started obeys what was written before', async () => {
    const id = await make(acme, { name: 'Before', ...WORDS('yesterday'), action: 'block' });
    await gateway.restart('llm');
    await untilAsked(acme, 'It was yesterday', 400);
    await manage(acme, 'DELETE', `${POLICIES}/${id}`);
  });
});

test('policies are tried on a text before they are made, and all that there are together', async () => {
  const text = 'Write to ann@acme.example about Falcon';
  const rule = { name: 'Addresses', type: 'pii', config: { entities: ['email'] }, action: 'redact' };
  const alone = await manage(acme, 'POST', `${POLICIES}/test`, { text, rule });
  expect(alone).toMatchObject({
    status: 200,
    body: {
      matches: [{ policy_id: null, entity: 'email', start: 9, end: 25, action: 'redact' }],
      blocked: false,
      redacted: 'Write to [EMAIL] about Falcon',
    },
  });
  expect(JSON.stringify(alone.body['matches'])).not.toContain('ann@');
  const ids = [await make(acme, rule), await make(acme, { name: 'F', ...WORDS('falcon'), action: 'block' })];
  const all = await manage(acme, 'POST', `${POLICIES}/test`, { text });
  expect(all.body).toMatchObject({ blocked: true, redacted: null });
  expect((all.body['matches'] as { policy_id: string }[]).map(({ policy_id }) => policy_id).toSorted()).toEqual(
    ids.toSorted(),
  );
  for (const id of ids) await manage(acme, 'DELETE', `${POLICIES}/${id}`);
});

test('a key of the organisation manages nothing', async () => {
  const response = await fetch(gateway.url + POLICIES, { headers: { 'x-api-key': acme.key } });
  expect(response.status).toBe(403);
});
