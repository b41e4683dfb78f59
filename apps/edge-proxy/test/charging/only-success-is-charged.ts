import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunningApp } from '@turnpike/test-kit';
import { writeRoutesFile, type RoutesFile } from '../support/routes-file.ts';
import { send } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

/** On a metered route 2xx is charged and nothing else, and a request that asks for no work is not metered at all. */
export function onlySuccessIsCharged(shared: () => EdgeStack): void {
  let stack: EdgeStack;
  let edge: RunningApp;
  let routes: RoutesFile;
  let user: SignedIn;
  beforeAll(async () => {
    stack = shared();
    routes = await writeRoutesFile(
      'retries: 0',
      'id: work, path: /work, methods: any, auth: required, charge: { operation: chat }',
    );
    edge = await stack.startEdge({ ROUTES_FILE: routes.path });
    user = await stack.signIn();
  });
  afterAll(() => routes.remove());
  beforeEach(() => stack.upstream.reset());

  const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  const ASKING = ['HEAD', 'OPTIONS'];
  const CHARGED = [200, 201, 202, 204, 206];
  const FREE = [301, 302, 303, 304, 307, 308, 400, 404, 429, 500, 503];

  const work = (method: string) => send(edge.url, '/work', { method, token: user.token });

  describe.each(METHODS)('%s', (method) => {
    test.each([...CHARGED.map((status) => [status, 1]), ...FREE.map((status) => [status, 0])] as [number, number][])(
      'answered with %i costs %i',
      async (status, cost) => {
        const before = await stack.balance(user);
        stack.upstream.respond = (_request, response) => response.writeHead(status).end();
        const answer = await work(method);
        expect([answer.status, answer.headers['x-credits-charged']]).toEqual([status, String(cost)]);
        expect(await stack.balance(user)).toBe(before - cost);
        expect(stack.upstream.received[0]?.headers['x-gateway-metered']).toBe('true');
      },
    );
  });

  test.each(ASKING)(
    '%s is not metered: it needs no credits, and the upstream is not told that it is paid',
    async (method) => {
      const before = await stack.balance(user);
      for (const status of [...CHARGED, ...FREE]) {
        stack.upstream.respond = (_request, response) => response.writeHead(status).end();
        const answer = await work(method);
        expect(answer.status).toBe(status);
        expect(answer.headers).not.toHaveProperty('x-credits-charged');
      }
      for (const { headers } of stack.upstream.received) expect(headers).not.toHaveProperty('x-gateway-metered');
      expect(stack.upstream.received).toHaveLength(CHARGED.length + FREE.length);
      expect(await stack.balance(user)).toBe(before);
    },
  );

  test('a client that follows a redirect of the upstream through the gateway pays once', async () => {
    const before = await stack.balance(user);
    stack.upstream.respond = (request, response) => {
      if (request.url === '/work') response.writeHead(307, { Location: `${stack.upstream.url}/work?again=1` }).end();
      else response.end('done');
    };
    const redirect = await work('POST');
    expect(redirect.headers['location']).toBe(`${edge.url}/work?again=1`);
    const answer = await fetch(String(redirect.headers['location']), {
      method: 'POST',
      headers: { Authorization: `Bearer ${user.token}` },
    });
    expect([answer.status, await answer.text(), answer.headers.get('x-credits-charged')]).toEqual([200, 'done', '1']);
    expect(await stack.balance(user)).toBe(before - 1);
  });
}
