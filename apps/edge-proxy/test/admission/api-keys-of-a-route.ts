import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

export const apiKeysOfARoute: StackTests = (shared) => {
  const ROUTES = `
version: 1
upstreams:
  flash: { url: FLASH_URL, serviceKey: FLASH_SERVICE_KEY }
routes:
  - { id: none, path: /none, methods: [GET], upstream: flash, auth: required, charge: none, limit: tier, scope: none }
  - { id: any, path: /any, methods: [GET], upstream: flash, auth: required, charge: none, limit: tier, scope: any }
  - { id: named, path: /named, methods: [GET], upstream: flash, auth: optional, charge: none, limit: tier, scope: 'things:read' }
  - { id: public, path: /public, methods: [GET], upstream: flash, auth: public, charge: none, limit: tier, scope: none }
`;

  let folder: string;
  let stack: EdgeStack;
  let user: SignedIn;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'turnpike-routes-'));
    const routesFile = path.join(folder, 'routes.yaml');
    await writeFile(routesFile, ROUTES);
    stack = await withEdge(shared(), { ROUTES_FILE: routesFile });
    user = await stack.signIn();
  });
  afterAll(async () => {
    await stack.stop();
    await rm(folder, { recursive: true });
  });

  test.each([
    { scopes: [] as string[], expected: { '/none': 403, '/any': 200, '/named': 403, '/public': 200 } },
    { scopes: ['things:read'], expected: { '/none': 403, '/any': 200, '/named': 200, '/public': 200 } },
    // A key may carry these words as scopes; they open nothing that the route does not.
    { scopes: ['any', 'none'], expected: { '/none': 403, '/any': 200, '/named': 403, '/public': 200 } },
  ])('a key with the scopes $scopes', async ({ scopes, expected }) => {
    const { key } = await stack.createKey(user, { scopes });
    const statuses = await Promise.all(
      Object.keys(expected).map(async (target) => [
        target,
        (await stack.send(target, { headers: { 'X-API-Key': key } })).status,
      ]),
    );
    expect(Object.fromEntries(statuses)).toEqual(expected);
  });

  test('a session may use every route', async () => {
    for (const target of ['/none', '/any', '/named', '/public'])
      expect((await stack.send(target, { token: user.token })).status).toBe(200);
  });
};
