import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLogger } from '@turnpike/service-kit';
import { createIdentityMemory } from '../../src/identities/identity-memory.ts';
import { Vault } from '../../src/vault/domain/vault.ts';
import { reseal } from '../../src/vault/reseal.ts';
import { createStores, startAuth, type AuthInstance, type Stores } from '../harness.ts';

const OLD = 'old-key-encryption-key-0123456789abcdef';
const NEW = 'new-key-encryption-key-0123456789abcdef';
const ADA = { provider: 'google', subject: '1', email: 'ada@example.com', emailVerified: true };

let stores: Stores;
let auth: AuthInstance;

beforeAll(async () => {
  stores = await createStores();
  auth = await startAuth(stores, { AUTH_ENCRYPTION_KEY: OLD });
});

afterAll(async () => {
  await auth.close();
  await stores.database.drop();
});

const digests = (...keys: string[]) =>
  createIdentityMemory(auth.context.database, new Vault(keys), createLogger('auth', 'silent')).digestsOf(ADA);

test('instances that make the key at the same moment make one', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => digests(OLD)));
  expect(new Set(all.map((each) => each.map((digest) => digest.toString('hex')).join())).size).toBe(1);
});

test('who is remembered stays so when AUTH_ENCRYPTION_KEY is replaced', async () => {
  const before = await digests(OLD);
  await reseal(auth.context.database, new Vault([NEW, OLD]));
  expect(await digests(NEW)).toEqual(before);
});

test('a key that does not open keeps nobody out: then nobody is recognised', async () => {
  expect(await digests('another-encryption-key-0123456789abcdef')).toEqual([]);
});

test('the demo account is nobody to remember', async () => {
  expect(await auth.context.memory.digestsOf({ provider: 'demo', subject: 'demo', emailVerified: false })).toEqual([]);
});
