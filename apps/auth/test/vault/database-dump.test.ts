import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RefreshTokens } from '../../src/tokens/domain/refresh-token.ts';
import { Vault } from '../../src/vault/domain/vault.ts';
import { dumpDatabase } from '../dump.ts';
import { createStores, openSession, refresh, startAuth, type AuthInstance, type Stores } from '../harness.ts';

let stores: Stores;
let auth: AuthInstance;

beforeAll(async () => {
  stores = await createStores();
  auth = await startAuth(stores);
});

afterAll(async () => {
  await auth.close();
  await stores.database.drop();
});

/** How a dump might spell some bytes. */
function spellings(bytes: Buffer): string[] {
  return [bytes.toString('latin1'), bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')].map(
    (text) => text.replace(/=+$/, ''),
  );
}

/** Everything of a token that would help whoever holds the dump: the text, the bytes behind it, and its random part. */
function formsOf(refreshToken: string): string[] {
  const bytes = Buffer.from(refreshToken.slice(3), 'base64url');
  return [...spellings(Buffer.from(refreshToken)), ...spellings(bytes), ...spellings(bytes.subarray(16, 48))];
}

describe('a stolen dump of the database', () => {
  test('holds no usable token, whatever the session has been through', async () => {
    const live: string[] = [];
    const access: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      const { response } = await openSession(auth);
      live.push(response.refresh_token);
      access.push(response.access_token);
      const bodies = [await refresh(auth, response.refresh_token), await refresh(auth, response.refresh_token)].map(
        ({ body }) => body,
      );
      live.push(...bodies.map((body) => String(body['refresh_token'])));
      access.push(...bodies.map((body) => String(body['access_token'])));
    }
    const dump = (await dumpDatabase(auth.context.database.query)).toLowerCase();
    for (const form of live.flatMap(formsOf)) expect(dump).not.toContain(form.toLowerCase());
    for (const token of access) expect(dump).not.toContain(String(token.split('.')[2]).toLowerCase());
  });

  test('holds no private signing key', async () => {
    const { signWith } = auth.context.keyRing.current();
    const { d } = signWith.export({ format: 'jwk' });
    const pkcs8 = signWith.export({ type: 'pkcs8', format: 'der' });
    const dump = (await dumpDatabase(auth.context.database.query)).toLowerCase();
    const forms = [...spellings(Buffer.from(String(d), 'base64url')), ...spellings(pkcs8)];
    for (const form of forms) expect(dump).not.toContain(form.toLowerCase());
  });

  test('holds no secret of the configuration', async () => {
    const dump = await dumpDatabase(auth.context.database.query);
    const secrets = ['AUTH_ENCRYPTION_KEY', 'SERVICE_API_KEY', 'ADMIN_API_KEY', 'INTERNAL_SIGNING_SECRET'];
    for (const name of secrets) expect(dump).not.toContain(stores.env[name]);
  });

  test('is searched by something that finds what is there', async () => {
    const { response } = await openSession(auth);
    const dump = await dumpDatabase(auth.context.database.query);
    expect(dump).toContain(createHash('sha256').update(response.refresh_token).digest('hex'));
    expect(dump).toContain(auth.context.keyRing.current().kid);
  });

  test('with a replaced token beside it still gives no successor without the service’s key', async () => {
    const { response, sessionId } = await openSession(auth);
    await refresh(auth, response.refresh_token);
    const [row] = await auth.context.database.query<{ successor_sealed: Uint8Array }>(
      'SELECT successor_sealed FROM session WHERE id = $1::uuid',
      sessionId,
    );
    const presented = new RefreshTokens(auth.context.vault).read(response.refresh_token);
    if (presented === undefined || row === undefined) throw new Error('no token');
    const thief = new RefreshTokens(new Vault(['a-key-encryption-key-the-thief-made-up']));
    expect(thief.read(response.refresh_token)).toBeUndefined();
    expect(() => thief.openSuccessor(presented, row.successor_sealed)).toThrow('not configured');
  });
});
