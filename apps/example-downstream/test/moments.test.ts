import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { startExample, type Example } from './start-example.ts';

let example: Example;
beforeAll(async () => {
  example = await startExample();
});
afterAll(() => example.stop());

const ALICE = 'user-alice';
const BOB = 'user-bob';

async function write(path: string, visibility: 'public' | 'private', user?: string): Promise<void> {
  const answer = await example.send('POST', '/api/v1/moments', {
    ...(user ? { user } : {}),
    body: { path, name: path, visibility },
  });
  expect(answer.status).toBe(201);
}

describe('200 and 201', () => {
  test('a public moment is for every holder of the service key', async () => {
    await write('1969/apollo-11', 'public', ALICE);
    for (const sending of [{}, { user: BOB }, { user: ALICE }]) {
      const answer = await example.send('GET', '/api/v1/moments/1969/apollo-11', sending);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ path: '1969/apollo-11', visibility: 'public', created_by: ALICE });
    }
  });

  test('a private moment is for its creator', async () => {
    await write('diary', 'private', ALICE);
    expect((await example.send('GET', '/api/v1/moments/diary', { user: ALICE })).body).toMatchObject({
      visibility: 'private',
    });
  });

  test('lists and stats show private moments to their creator only', async () => {
    await write('2001/hidden', 'private', ALICE);
    const paths = async (user?: string): Promise<string[]> => {
      const { body } = await example.send('GET', '/api/v1/moments?limit=100', user ? { user } : {});
      return (body as { items: { path: string }[] }).items.map((item) => item.path);
    };
    expect(await paths(ALICE)).toContain('2001/hidden');
    expect(await paths(BOB)).not.toContain('2001/hidden');
    expect(await paths()).not.toContain('2001/hidden');
    const stats = (await example.send('GET', '/api/v1/stats')).body as { total_moments: number };
    expect(stats.total_moments).toBe((await paths()).length);
  });

  test('publishing opens a moment to everybody, taking it back closes it again', async () => {
    await write('2010/turn', 'private', ALICE);
    const set = (visibility: string) =>
      example.send('PATCH', '/api/v1/moments/2010/turn/visibility', { user: ALICE, body: { visibility } });
    expect((await set('public')).body).toMatchObject({ path: '2010/turn', visibility: 'public' });
    expect((await example.send('GET', '/api/v1/moments/2010/turn', { user: BOB })).status).toBe(200);
    expect((await set('public')).status).toBe(200);
    expect((await set('private')).body).toMatchObject({ visibility: 'private' });
    expect((await example.send('GET', '/api/v1/moments/2010/turn', { user: BOB })).status).toBe(404);
  });

  test('generation in the background, at once, and in bulk', async () => {
    const job = await example.send('POST', '/api/v1/generate', {
      user: ALICE,
      body: { query: 'Moon landing, July 20 1969' },
    });
    expect(job.status).toBe(202);
    const { path } = job.body as { path: string };
    expect(path).toMatch(/^1969\/moon-landing-july-20-1969-/);
    await waitFor(async () => {
      expect((await example.send('GET', `/api/v1/moments/${path}`, { user: ALICE })).body).toMatchObject({
        status: 'completed',
      });
      return true;
    });
    const sync = await example.send('POST', '/api/v1/generate/sync', {
      user: ALICE,
      body: { query: 'Woodstock', visibility: 'public' },
    });
    expect(sync.body).toMatchObject({ status: 'completed', visibility: 'public', created_by: ALICE });
    const bulk = await example.send('POST', '/api/v1/bulk-generate', {
      adminKey: example.keys.admin,
      body: { queries: [{ query: 'A' }, { query: 'B' }] },
    });
    expect(bulk.status).toBe(202);
    expect(bulk.body).toHaveLength(2);
  });

  test('generation as a stream', async () => {
    const answer = await example.send('POST', '/api/v1/generate/stream', { body: { query: 'Rome, 753' } });
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const events = answer.text
      .trim()
      .split('\n\n')
      .map((event) => JSON.parse(event.replace(/^data: /, '')) as { event: string });
    expect(events.map(({ event }) => event)).toEqual(['start', ...Array<string>(6).fill('step_complete'), 'done']);
    expect(events.at(-1)).toMatchObject({ data: { visibility: 'public', year: 753 } });
  });
});

describe('403', () => {
  test('a wrong service key', async () => {
    expect(await example.send('GET', '/api/v1/moments', { key: 'wrong' })).toMatchObject({
      status: 403,
      text: '{"detail":"Invalid service key"}',
    });
  });

  test.each([
    ['no admin key', {}],
    ['a wrong admin key', { adminKey: 'wrong' }],
    ['the service key as admin key', { adminKey: 'example-service-key-0123456789abcdef' }],
  ])('bulk generation with %s', async (_name, sending) => {
    const answer = await example.send('POST', '/api/v1/bulk-generate', {
      ...sending,
      body: { queries: [{ query: 'A' }] },
    });
    expect(answer).toMatchObject({ status: 403, text: '{"detail":"Invalid admin key"}' });
  });

  test('changing somebody else’s public moment', async () => {
    await write('1989/wall', 'public', ALICE);
    const answer = await example.send('PATCH', '/api/v1/moments/1989/wall/visibility', {
      user: BOB,
      body: { visibility: 'private' },
    });
    expect(answer.status).toBe(403);
  });
});

describe('409', () => {
  test('a public path that is taken', async () => {
    await write('1815/waterloo', 'public', ALICE);
    const again = await example.send('POST', '/api/v1/moments', {
      user: BOB,
      body: { path: '/1815/waterloo/', name: 'x', visibility: 'public' },
    });
    expect(again.status).toBe(409);
  });
});

describe('422', () => {
  test.each([
    ['a private moment of nobody', { path: 'a', name: 'a', visibility: 'private' }],
    ['no path', { name: 'a' }],
    ['an empty segment', { path: 'a//b', name: 'a' }],
    ['a dotted segment', { path: 'a/../b', name: 'a' }],
    ['an unknown visibility', { path: 'a', name: 'a', visibility: 'secret' }],
  ])('%s', async (_name, body) => {
    const answer = await example.send('POST', '/api/v1/moments', { body });
    expect(answer.status).toBe(422);
    expect(answer.body).toEqual({ detail: expect.any(String) });
  });

  test('no service key', async () => {
    expect((await example.send('GET', '/api/v1/moments', { key: null })).status).toBe(422);
  });
});

test('503 with no key configured', async () => {
  const bare = await startExample({ FLASH_SERVICE_KEY: '' });
  const answer = await bare.send('GET', '/api/v1/moments');
  await bare.stop();
  expect(answer).toMatchObject({ status: 503, text: '{"detail":"Service key not configured"}' });
});

test.each(['/', '/health', '/health/ready'])('%s needs no key', async (path) => {
  expect((await example.send('GET', path, { key: null })).status).toBe(200);
});
