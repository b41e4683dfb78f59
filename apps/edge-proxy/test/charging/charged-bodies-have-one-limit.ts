import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunningApp } from '@turnpike/test-kit';
import { writeRoutesFile, type RoutesFile } from '../support/routes-file.ts';
import { send, type Answer } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

const PICKED = "charge: { operation: 'generate_{preset}', from: { preset: { body: preset, default: balanced } } }";
const FIXED = 'charge: { operation: chat }';

export function chargedBodiesHaveOneLimit(shared: () => EdgeStack): void {
  let stack: EdgeStack;
  let edge: RunningApp;
  let routes: RoutesFile;
  let user: SignedIn;
  beforeAll(async () => {
    stack = shared();
    routes = await writeRoutesFile(
      'retries: 0',
      `id: picked, path: /picked, methods: [POST], auth: required, ${PICKED}`,
      `id: picked.more, path: /picked/more, methods: [POST], auth: required, bodyBytesMax: 400000, ${PICKED}`,
      `id: picked.less, path: /picked/less, methods: [POST], auth: required, bodyBytesMax: 1000, ${PICKED}`,
      `id: fixed, path: /fixed, methods: [POST], auth: required, ${FIXED}`,
      `id: fixed.more, path: /fixed/more, methods: [POST], auth: required, bodyBytesMax: 400000, ${FIXED}`,
    );
    edge = await stack.startEdge({ ROUTES_FILE: routes.path });
  });
  afterAll(() => routes.remove());
  beforeEach(async () => {
    stack.upstream.reset();
    stack.upstream.respond = (_request, response) => response.end('done');
    user = await stack.signIn();
  });

  /** A JSON body of exactly so many bytes. */
  const bodyOf = (bytes: number): string => `{"query":"${'x'.repeat(bytes - 12)}"}`;

  const ways: [string, () => Record<string, string>][] = [
    ['without an Idempotency-Key', () => ({})],
    ['with one', () => ({ 'Idempotency-Key': randomUUID() })],
  ];

  describe.each(ways)('%s', (_name, headers) => {
    const post = (path: string, bytes: number, chunked = false): Promise<Answer> =>
      send(edge.url, path, {
        method: 'POST',
        token: user.token,
        body: bodyOf(bytes),
        headers: {
          'Content-Type': 'application/json',
          ...(chunked ? { 'Transfer-Encoding': 'chunked' } : {}),
          ...headers(),
        },
      });

    test.each([
      ['/picked', 262_144],
      ['/picked/more', 400_000],
      ['/picked/less', 1_000],
      ['/fixed', 262_144],
      ['/fixed/more', 400_000],
    ])('%s takes %i bytes and no more', async (path, bytes) => {
      expect((await post(path, bytes)).status).toBe(200);
      expect(stack.upstream.received[0]?.body).toHaveLength(bytes);
      expect((await post(path, bytes, true)).status).toBe(200);
      const before = await stack.balance(user);
      for (const chunked of [false, true]) {
        const refused = await post(path, bytes + 1, chunked);
        expect([refused.status, refused.body['code']]).toEqual([413, 'request.too_large']);
      }
      expect(await stack.balance(user)).toBe(before);
      expect(stack.upstream.received).toHaveLength(2);
    });
  });
}
