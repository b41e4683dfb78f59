import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { steppedClock, waitFor, type RunningApp } from '@turnpike/test-kit';
import {
  asOperator,
  call,
  createStores,
  introspect,
  startAuthProcess,
  startUsers,
  type Neighbour,
  type Stores,
} from '../harness.ts';

export function skewedClocksTests(): void {
  /** Instances on machines whose clocks differ date and judge tokens by one clock, the database's. */
  let stores: Stores;
  let users: Neighbour;
  /** By how many seconds the clock of each is off. */
  let instances: ReadonlyMap<number, RunningApp>;

  beforeAll(async () => {
    stores = await createStores();
    users = await startUsers(stores);
    const offsets = [0, 60, -1_000];
    const started = offsets.map(
      async (seconds) =>
        [
          seconds,
          await startAuthProcess({
            ...stores.env,
            ...steppedClock({ offsetMs: seconds * 1_000 }),
            USERS_URL: users.url,
          }),
        ] as const,
    );
    instances = new Map(await Promise.all(started));
  });

  afterAll(async () => {
    for (const instance of instances.values()) await instance.stop();
    await users.stop();
    await stores.database.drop();
  });

  test.each([0, 60, -1_000])('a token of an instance that is off by %d s is good at every other', async (seconds) => {
    const issuer = instances.get(seconds);
    if (issuer === undefined) throw new Error('no such instance');
    const body = { email: `clock${seconds}@auth.example` };
    const issued = await call(issuer, 'POST', '/api/v1/auth/dev/token', { body, headers: asOperator });
    expect(issued.status).toBe(200);
    for (const instance of instances.values()) {
      const answer = await introspect(instance, String(issued.body['access_token']));
      expect(answer.body).toMatchObject({ active: true });
    }
  });

  test.each<[number, string]>([
    [0, 'ready'],
    [60, 'degraded'],
    [-1_000, 'degraded'],
  ])('an instance that is off by %d s is %s, and shows by how much', async (seconds, status) => {
    const instance = instances.get(seconds);
    if (instance === undefined) throw new Error('no such instance');
    await waitFor(async () => {
      const ready = await call(instance, 'GET', '/health/ready');
      expect([ready.status, ready.body['status']]).toEqual([200, status]);
      return true;
    });
    const metrics = await (await fetch(`${instance.url}/metrics`)).text();
    const skew = Number(/^turnpike_clock_skew_seconds\S* (\S+)$/m.exec(metrics)?.[1]);
    expect(Math.abs(skew - seconds)).toBeLessThan(30);
  });
}
