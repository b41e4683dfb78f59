import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asOperator, call, createStores, startAuth, type AuthInstance, type Stores } from '../harness.ts';

export function productionSignInTests(): void {
  const STRONG = 'kPz3Qm8vXr6LtYw2NbHs9DfGj4CeUaRo';

  let stores: Stores;
  let auth: AuthInstance;

  beforeAll(async () => {
    stores = await createStores();
    const keys = {
      SERVICE_API_KEY: STRONG,
      ADMIN_API_KEY: STRONG,
      INTERNAL_SIGNING_SECRET: STRONG,
      AUTH_ENCRYPTION_KEY: STRONG,
    };
    auth = await startAuth(stores, { ...keys, NODE_ENV: 'production' });
  });

  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  test('the demo sign-in is refused in production', async () => {
    const answer = await call(auth, 'POST', '/api/v1/auth/demo');
    expect([answer.status, answer.body['code']]).toEqual([403, 'auth.forbidden']);
  });

  test('development tokens are refused in production, with the admin key too', async () => {
    const body = { email: 'dev@example.com' };
    const answer = await call(auth, 'POST', '/api/v1/auth/dev/token', { body, headers: { 'x-admin-key': STRONG } });
    expect([answer.status, answer.body['code']]).toEqual([403, 'auth.forbidden']);
    expect((await call(auth, 'POST', '/api/v1/auth/dev/token', { body, headers: asOperator })).body['code']).toBe(
      'auth.admin_key_invalid',
    );
  });
}
