import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startExample, type Example, type Sending } from './start-example.ts';

/** A private moment must not be told from one that does not exist: not by status, not by a byte of body or header. */

let example: Example;
beforeAll(async () => {
  example = await startExample();
  const made = await example.send('POST', '/api/v1/moments', {
    user: 'owner',
    body: { path: 'secret/plan', name: 'x', visibility: 'private' },
  });
  expect(made.status).toBe(201);
});
afterAll(() => example.stop());

async function ask(method: string, path: string, sending: Sending) {
  const { status, text, headers } = await example.send(method, path, sending);
  const comparable = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { status, text, comparable };
}

const strangers: [string, Sending][] = [
  ['nobody', {}],
  ['another user', { user: 'stranger' }],
  ['an empty user', { user: '' }],
  ['the owner in another spelling', { user: 'Owner' }],
];

test.each(strangers)('reading as %s', async (_name, sending) => {
  const hidden = await ask('GET', '/api/v1/moments/secret/plan', sending);
  expect(hidden.status).toBe(404);
  expect(hidden.text).toBe('{"detail":"Moment not found"}');
  expect(hidden).toEqual(await ask('GET', '/api/v1/moments/secret/none', sending));
});

test.each(strangers)('publishing as %s', async (_name, sending) => {
  const body = { visibility: 'public' };
  const hidden = await ask('PATCH', '/api/v1/moments/secret/plan/visibility', { ...sending, body });
  expect(hidden).toMatchObject({ status: 404, text: '{"detail":"Moment not found"}' });
  expect(hidden).toEqual(await ask('PATCH', '/api/v1/moments/secret/none/visibility', { ...sending, body }));
});

test('as Clockchain, through the gateway', async () => {
  const sending = { signed: true, user: 'stranger' };
  const hidden = await ask('GET', '/api/v1/clockchain/moments/secret/plan', sending);
  expect(hidden).toMatchObject({ status: 404, text: '{"detail":"Moment not found"}' });
  expect(hidden).toEqual(await ask('GET', '/api/v1/clockchain/moments/secret/none', sending));
});

test('writing to the same path works as if it were free', async () => {
  const mine = await example.send('POST', '/api/v1/moments', {
    user: 'stranger',
    body: { path: 'secret/plan', name: 'y', visibility: 'private' },
  });
  expect(mine.status).toBe(201);
  const open = await example.send('POST', '/api/v1/moments', {
    user: 'stranger',
    body: { path: 'secret/plan', name: 'z', visibility: 'public' },
  });
  expect(open.status).toBe(201);
  expect((await example.send('GET', '/api/v1/moments/secret/plan', { user: 'owner' })).body).toMatchObject({
    name: 'x',
  });
});
