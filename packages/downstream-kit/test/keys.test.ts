import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { RequestHandler } from 'express';
import { requireAdminKey, requireServiceKey, userId } from '../src/index.ts';
import { serve, type Backend } from './serve.ts';

const echo: RequestHandler = (request, response) => void response.json({ user_id: userId(request) ?? null });

const DIGEST = `sha256:${createHash('sha256').update('key-a').digest('hex')}`;

let backend: Backend | undefined;
afterEach(async () => {
  await backend?.close();
  backend = undefined;
});

describe('requireServiceKey', () => {
  const rows: readonly [string, string | readonly string[] | undefined, Record<string, string>, number, unknown][] = [
    ['the key', 'key-a', { 'x-service-key': 'key-a' }, 200, { user_id: null }],
    ['the old key while it rotates', 'key-a, key-b', { 'X-Service-Key': 'key-b' }, 200, { user_id: null }],
    ['a list of keys', ['key-a', 'key-b'], { 'X-Service-Key': 'key-b' }, 200, { user_id: null }],
    ['a key of which the backend holds the digest', DIGEST, { 'X-Service-Key': 'key-a' }, 200, { user_id: null }],
    ['the digest in place of the key', DIGEST, { 'X-Service-Key': DIGEST }, 403, { detail: 'Invalid service key' }],
    ['a wrong key', 'key-a', { 'x-service-key': 'key-b' }, 403, { detail: 'Invalid service key' }],
    ['a prefix of the key', 'key-a', { 'x-service-key': 'key-' }, 403, { detail: 'Invalid service key' }],
    [
      'the whole list as one key',
      'key-a,key-b',
      { 'x-service-key': 'key-a,key-b' },
      403,
      { detail: 'Invalid service key' },
    ],
    ['an empty key', 'key-a', { 'x-service-key': '' }, 403, { detail: 'Invalid service key' }],
    ['nothing configured', undefined, { 'x-service-key': 'key-a' }, 503, { detail: 'Service key not configured' }],
    ['blanks configured', ' , ', { 'x-service-key': '' }, 503, { detail: 'Service key not configured' }],
    ['no header', 'key-a', {}, 422, expect.objectContaining({ detail: expect.anything() })],
    ['no header and nothing configured', undefined, {}, 422, expect.objectContaining({ detail: expect.anything() })],
  ];
  test.each(rows)('%s', async (_name, accepted, headers, status, body) => {
    backend = await serve([requireServiceKey(accepted)], echo);
    expect(await backend.send('GET', '/api/v1/moments', headers)).toEqual({ status, body });
  });

  test.each(['/', '/health', '/health/ready', '/health?verbose=1'])('%s needs no key', async (path) => {
    backend = await serve([requireServiceKey('key-a')], echo);
    expect((await backend.send('GET', path)).status).toBe(200);
  });

  test.each(['/health/../api/v1/moments', '//', '/health/', '/HEALTH', '/%68ealth', '/healthx'])(
    '%s is not taken for an open path',
    async (path) => {
      backend = await serve([requireServiceKey('key-a')], echo);
      expect((await backend.send('GET', path)).status).toBe(422);
    },
  );
});

describe('requireAdminKey', () => {
  const refused = { detail: 'Invalid admin key' };
  const rows: readonly [string, string | undefined, Record<string, string>, number, unknown][] = [
    ['the key', 'admin-a', { 'x-admin-key': 'admin-a' }, 200, { user_id: null }],
    ['the old key while it rotates', 'admin-a,admin-b', { 'x-admin-key': 'admin-b' }, 200, { user_id: null }],
    ['a wrong key', 'admin-a', { 'x-admin-key': 'admin-b' }, 403, refused],
    ['no header', 'admin-a', {}, 403, refused],
    ['nothing configured', undefined, { 'x-admin-key': 'admin-a' }, 403, refused],
    ['nothing configured and an empty header', '', { 'x-admin-key': '' }, 403, refused],
  ];
  test.each(rows)('%s', async (_name, accepted, headers, status, body) => {
    backend = await serve([requireAdminKey(accepted)], echo);
    expect(await backend.send('POST', '/api/v1/bulk-generate', headers)).toEqual({ status, body });
  });
});

test('userId is the header, or undefined', async () => {
  backend = await serve([requireServiceKey('key-a')], echo);
  const key = { 'x-service-key': 'key-a' };
  expect(await backend.send('GET', '/x', { ...key, 'X-User-Id': 'user-123' })).toEqual({
    status: 200,
    body: { user_id: 'user-123' },
  });
  expect(await backend.send('GET', '/x', { ...key, 'X-User-Id': '' })).toEqual({
    status: 200,
    body: { user_id: null },
  });
});
