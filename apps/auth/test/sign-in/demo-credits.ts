import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import {
  openClient,
  createTestDatabase,
  freePort,
  startApp,
  waitFor,
  type RunningApp,
  type TestDatabase,
} from '@turnpike/test-kit';
import { decodeAccessToken } from '../decode.ts';
import {
  call,
  createStores,
  startAuth,
  startUsers,
  type AuthInstance,
  type Neighbour,
  type Stores,
} from '../harness.ts';

export function demoCreditsTests(): void {
  let stores: Stores;
  let users: Neighbour;
  let database: TestDatabase;
  let ledger: pg.Client;
  let auth: AuthInstance;
  let creditsPort: number;
  let credits: RunningApp | undefined;

  beforeAll(async () => {
    stores = await createStores();
    [users, database, creditsPort] = await Promise.all([startUsers(stores), createTestDatabase('credits'), freePort()]);
    ledger = await openClient({ connectionString: database.url });
    auth = await startAuth(stores, { USERS_URL: users.url, CREDITS_URL: `http://127.0.0.1:${creditsPort}` });
  });

  afterAll(async () => {
    await auth.close();
    await ledger.end();
    await credits?.stop();
    await users.stop();
    await database.drop();
    await stores.database.drop();
  });

  async function signInAsDemo(): Promise<string> {
    const answer = await call(auth, 'POST', '/api/v1/auth/demo');
    expect(answer.status).toBe(200);
    return decodeAccessToken(String(answer.body['access_token'])).payload.sub;
  }

  const plans = async () =>
    (await ledger.query<{ plan: string; at: Date }>('SELECT plan, next_due_at AS at FROM allowance')).rows;

  test('the demo account signs in while credits is down, and is on its plan once credits is there', async () => {
    await signInAsDemo();
    const env = { ...stores.env, ...database.env, CREDITS_PORT: String(creditsPort), USERS_URL: users.url };
    credits = await startApp('credits', { ...env, LOG_LEVEL: 'info', RENEW_MS: '200' });
    await waitFor(async () => {
      await signInAsDemo();
      return (await plans()).length === 1;
    });
    const [demo] = await plans();
    const midnight = new Date();
    midnight.setUTCHours(24, 0, 0, 0);
    expect(demo?.plan).toBe('demo');
    expect(Math.abs(Number(demo?.at) - midnight.getTime())).toBeLessThanOrEqual(86_400_000);
    expect(demo?.at.toISOString()).toMatch(/T00:00:00\.000Z$/);
  });

  test('what visitors have spent is granted anew when the day begins', async () => {
    await signInAsDemo();
    const grants = async (): Promise<number> => {
      const { rows } = await ledger.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM "grant" WHERE source = 'plan:demo' AND amount = 50000000`,
      );
      return rows[0]?.n ?? 0;
    };
    const before = await grants();
    await ledger.query("UPDATE allowance SET anchor_at = now() - interval '1 minute', next_due_at = now()");
    await waitFor(async () => (await grants()) === before + 1);
  });
}
