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
  ['JWT_AUDIENCE', { JWT_AUDIENCE: '' }],
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
