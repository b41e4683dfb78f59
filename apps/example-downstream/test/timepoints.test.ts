import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { startExample, type Example } from './start-example.ts';

const ALICE = '01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e0f';
const BOB = '01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e10';
const PROMPT = { query: 'Moon landing, July 20 1969', generate_image: true };

let example: Example;
beforeAll(async () => {
  example = await startExample({ EXAMPLE_SIMULATE: 'true' });
});
afterAll(() => example.stop());

const asAlice = { user: ALICE, signed: true } as const;

describe('generation', () => {
  test('sync answers with the scene and keeps it', async () => {
    const made = await example.send('POST', '/api/v1/timepoints/generate/sync', {
      ...asAlice,
      body: { ...PROMPT, preset: 'hd' },
    });
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({
      query: PROMPT.query,
      preset: 'hd',
      status: 'completed',
      year: 1969,
      slug: 'moon-landing-july-20-1969',
    });
    const { id } = made.body as { id: string };
    expect((await example.send('GET', `/api/v1/timepoints/${id}`, asAlice)).body).toEqual(made.body);
    expect((await example.send('GET', `/api/v1/timepoints/${id}`, { user: BOB, signed: true })).status).toBe(404);
    for (const path of ['/api/v1/users/me/timepoints', '/api/v1/timepoints']) {
      expect((await example.send('GET', `${path}?limit=1`, asAlice)).body).toMatchObject({
        items: [made.body],
        limit: 1,
        offset: 0,
      });
    }
    expect((await example.send('GET', '/api/v1/users/me/timepoints', { user: BOB, signed: true })).body).toMatchObject({
      items: [],
      total: 0,
    });
  });

  test('in the background', async () => {
    const accepted = await example.send('POST', '/api/v1/timepoints/generate', { ...asAlice, body: PROMPT });
    expect(accepted.status).toBe(202);
    const { id } = accepted.body as { id: string };
    await waitFor(async () => {
      expect((await example.send('GET', `/api/v1/timepoints/${id}`, asAlice)).body).toMatchObject({
        status: 'completed',
        year: 1969,
      });
      return true;
    });
  });

  test('as a stream of events', async () => {
    const answer = await example.send('POST', '/api/v1/timepoints/generate/stream', { ...asAlice, body: PROMPT });
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(answer.text).toMatch(/^data: {"event":"start"/);
    expect(answer.text).toContain('"event":"done","progress":100,"data":{"id":');
  });

  test('a stream whose reader leaves keeps nothing', async () => {
    const user = '01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e11';
    const body = { ...PROMPT, simulate: { slow_ms: 50 } };
    const response = await example.open('POST', '/api/v1/timepoints/generate/stream', { user, signed: true, body });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    const whole = await example.send('POST', '/api/v1/timepoints/generate/stream', { user, signed: true, body });
    expect(whole.text).toContain('"event":"done"');
    expect((await example.send('GET', '/api/v1/users/me/timepoints', { user, signed: true })).body).toMatchObject({
      total: 1,
    });
  });
});

test('chat and jumps in time', async () => {
  const made = (await example.send('POST', '/api/v1/timepoints/generate/sync', { ...asAlice, body: PROMPT })).body as {
    id: string;
  };
  const said = await example.send('POST', `/api/v1/interactions/${made.id}/chat`, {
    ...asAlice,
    body: { character: 'Neil', message: 'Hello?' },
  });
  expect(said).toMatchObject({ status: 200, body: { character_name: 'Neil' } });
  const later = await example.send('POST', `/api/v1/temporal/${made.id}/next`, {
    ...asAlice,
    body: { units: 1, unit: 'hour' },
  });
  expect(later).toMatchObject({ status: 200, body: { parent_id: made.id } });
  const earlier = await example.send('POST', `/api/v1/temporal/${made.id}/prior`, asAlice);
  expect(earlier).toMatchObject({ status: 200, body: { parent_id: made.id } });
  const foreign = await example.send('POST', `/api/v1/temporal/${made.id}/next`, { user: BOB, signed: true });
  expect(foreign).toMatchObject({ status: 200, body: { parent_id: null } });
});

test('Clockchain and Billing are stood in for', async () => {
  expect((await example.send('GET', '/api/v1/clockchain/stats', { signed: true })).status).toBe(200);
  expect((await example.send('GET', '/api/v1/clockchain/moments', { signed: true })).status).toBe(200);
  expect((await example.send('GET', '/api/v1/billing/plans', asAlice)).status).toBe(200);
  expect((await example.send('GET', '/api/v1/billing/status', asAlice)).body).toMatchObject({ user_id: ALICE });
});

describe('what is refused', () => {
  test('401 for a route about a user without one', async () => {
    expect((await example.send('GET', '/api/v1/users/me/timepoints', { signed: true })).status).toBe(401);
  });

  test('403 for a user whom the gateway did not sign for', async () => {
    const answer = await example.send('GET', '/api/v1/users/me/timepoints', { user: ALICE });
    expect(answer).toMatchObject({ status: 403, text: '{"detail":"Invalid gateway signature"}' });
  });

  test.each([{}, { query: '' }, { query: 1 }, { query: 'x'.repeat(2_001) }])('422 for %j', async (body) => {
    expect((await example.send('POST', '/api/v1/timepoints/generate/sync', { ...asAlice, body })).status).toBe(422);
  });
});

describe('simulated faults', () => {
  const generate = (simulate: object) =>
    example.send('POST', '/api/v1/timepoints/generate/sync', { ...asAlice, body: { ...PROMPT, simulate } });

  test('an error, a cost, a broken response', async () => {
    expect((await generate({ error: 503 })).status).toBe(503);
    expect((await generate({ cost: 2.5 })).headers.get('x-credits-cost')).toBe('2.5');
    await expect(generate({ truncate: true })).rejects.toThrow();
  });

  test('are ignored where they were not switched on', async () => {
    const plain = await startExample();
    const body = { ...PROMPT, simulate: { error: 503, cost: 1 } };
    const answer = await plain.send('POST', '/api/v1/timepoints/generate/sync', { ...asAlice, body });
    await plain.stop();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-credits-cost')).toBeNull();
  });
});
