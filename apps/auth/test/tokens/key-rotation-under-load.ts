import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor, type RunningApp } from '@turnpike/test-kit';
import { rotateSigningKeys } from '../../src/tokens/rotate-keys.ts';
import { decodeAccessToken } from '../decode.ts';
import {
  asOperator,
  call,
  createStores,
  introspect,
  refresh,
  startAuth,
  startAuthProcess,
  startUsers,
  type Answer,
  type AuthInstance,
  type Neighbour,
  type Stores,
} from '../harness.ts';

export function keyRotationUnderLoadTests(): void {
  /** How long a key is published before it signs here, in milliseconds: longer than an instance goes without reading the keys. */
  const PUBLISH_MS = 24_000;
  const CLIENTS = 12;
  /** Each client begins a round of eight calls this often, in milliseconds: a load that leaves a small machine room for what is looked at. */
  const ROUND_MS = 500;
  /** How long a key may take until it signs, in milliseconds. */
  const SIGNING_TIMEOUT_MS = 240_000;

  let stores: Stores;
  let users: Neighbour;
  /** Two processes, jobs and all. Nobody tells them of a rotation. */
  let instances: readonly [RunningApp, RunningApp];
  /** Whoever rotates. */
  let operator: AuthInstance;

  beforeAll(async () => {
    stores = await createStores();
    users = await startUsers(stores);
    const env = { ...stores.env, USERS_URL: users.url };
    instances = await Promise.all([startAuthProcess(env), startAuthProcess(env)]);
    operator = await startAuth(stores);
  });

  afterAll(async () => {
    await operator.close();
    await Promise.all(instances.map((instance) => instance.stop()));
    await users.stop();
    await stores.database.drop();
  });

  const rotate = () =>
    rotateSigningKeys(operator.context.database, operator.context.vault, {
      algorithm: 'ES256',
      onlyIfOlderThanMs: 0,
      publishMs: PUBLISH_MS,
    });

  test('two rotations under load: every token is good at every instance at every moment', async () => {
    const kids = new Set<string>();
    const unexpected: string[] = [];
    const check = (what: string, answer: Answer, good = answer.status === 200): void => {
      if (!good) unexpected.push(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
    };
    let stop = false;
    let rounds = 0;
    /** Resolves when each client has done two more rounds, or something was wrong. */
    const load = async (): Promise<void> => {
      const enough = rounds + 2 * CLIENTS;
      await waitFor(() => rounds >= enough || unexpected.length > 0, { timeoutMs: SIGNING_TIMEOUT_MS });
    };

    async function client(index: number): Promise<void> {
      const [here, there] = index % 2 === 0 ? instances : [instances[1], instances[0]];
      const body = { email: `rotation-${index}@auth.example` };
      const earlier: string[] = [];
      while (!stop) {
        const nextMs = performance.now() + ROUND_MS;
        const signedIn = await call(here, 'POST', '/api/v1/auth/dev/token', { body, headers: asOperator });
        check('sign-in', signedIn);
        const refreshed = await refresh(there, String(signedIn.body['refresh_token']));
        check('refresh', refreshed);
        for (const answer of [signedIn, refreshed]) {
          const token = String(answer.body['access_token']);
          kids.add(decodeAccessToken(token).header.kid ?? '');
          earlier.push(token);
        }
        // The newest ones, and one from long ago.
        for (const token of [...earlier.slice(-2), ...earlier.slice(0, 1)])
          for (const instance of instances) {
            const verdict = await introspect(instance, token);
            check('introspection', verdict, verdict.body['active'] === true);
          }
        rounds += 1;
        await setTimeout(Math.max(0, nextMs - performance.now()));
      }
    }

    const clients = Promise.all(Array.from({ length: CLIENTS }, (_value, index) => client(index)));
    try {
      const first = await rotate();
      await load();
      const second = await rotate();
      await waitFor(() => kids.has(second?.kid ?? '') || unexpected.length > 0, { timeoutMs: SIGNING_TIMEOUT_MS });
      // Each key signed in its turn: the one from before, and the two new ones.
      if (unexpected.length === 0) expect([...kids]).toEqual(expect.arrayContaining([first?.kid, second?.kid]));
      await load();
    } finally {
      stop = true;
      await clients;
    }
    expect(unexpected).toEqual([]);
    expect(kids.size).toBe(3);
  }, 900_000);
}
