import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
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

test('the process ends with one sentence about a keys file that names no such grant, before it connects to anything', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'keys-file-'));
  try {
    const file = path.join(folder, 'keys.json');
    await writeFile(
      file,
      JSON.stringify({ keys: [{ name: 'shop', values: ['0123456789abcdef'], grants: ['credits'] }] }),
    );
    const env = { ...stores.env, SERVICE_KEYS_FILE: file, DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' };
    const sentence = 'keys.0.grants.0: "credits" is no grant; a key may have internal, act_as_user, resolve';
    await expect(startAuthProcess(env)).rejects.toThrow(`SERVICE_KEYS_FILE: ${file} is not usable: ${sentence}`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the process ends and names the key that the stored signing keys were not sealed with', async () => {
  const first = await startAuth(stores);
  await first.close();
  const env = { ...stores.env, AUTH_ENCRYPTION_KEY: 'another-key-encryption-key-0123456789' };
  await expect(startAuthProcess(env)).rejects.toThrow('AUTH_ENCRYPTION_KEY');
});
