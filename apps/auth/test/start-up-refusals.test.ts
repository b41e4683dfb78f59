import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createStores, startAuth, startAuthProcess, type Stores } from './harness.ts';

let stores: Stores;

beforeAll(async () => {
  stores = await createStores();
});

afterAll(async () => {
  await stores.database.drop();
});

test.each([
  ['JWT_ISSUER', { JWT_ISSUER: '' }],
  ['JWT_AUDIENCE', { JWT_AUDIENCE: '' }],
  ['JWT_SECRET_KEY', { JWT_ALGORITHM: 'HS256', JWT_SECRET_KEY: '0123456789abcdef0123456789abcde' }],
  ['AUTH_ENCRYPTION_KEY', { AUTH_ENCRYPTION_KEY: 'too-short' }],
  ['ADMIN_API_KEY', { NODE_ENV: 'production' }],
])('the process ends and names %s', async (variable, env) => {
  await expect(startAuthProcess({ ...stores.env, ...env })).rejects.toThrow(`${variable}: `);
});

test('the process ends and names the key that the stored signing keys were not sealed with', async () => {
  const first = await startAuth(stores);
  await first.close();
  const env = { ...stores.env, AUTH_ENCRYPTION_KEY: 'another-key-encryption-key-0123456789' };
  await expect(startAuthProcess(env)).rejects.toThrow('AUTH_ENCRYPTION_KEY');
});
