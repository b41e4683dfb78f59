import { createPublicKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { publicJwk } from '@turnpike/contracts';
import { newKeyPair } from '../../src/tokens/domain/signing-keys.ts';
import { rotateSigningKeys } from '../../src/tokens/rotate-keys.ts';
import { publishSigningKey, sweepSigningKeys } from '../../src/tokens/stores/signing-keys.ts';
import { decodeAccessToken } from '../decode.ts';
import { call, createStores, introspect, openSession, startAuth, type AuthInstance, type Stores } from '../harness.ts';
import { queueBehind } from '../queue-behind.ts';

export function keyRotationTests(): void {
  const PUBLISH_MS = 600_000;

  let stores: Stores;
  let instances: AuthInstance[];

  beforeEach(async () => {
    stores = await createStores();
    instances = [];
  });

  afterEach(async () => {
    await Promise.all(instances.map((instance) => instance.close()));
    await stores.database.drop();
  });

  async function start(overrides: Record<string, string> = {}): Promise<AuthInstance> {
    const instance = await startAuth(stores, overrides);
    instances.push(instance);
    return instance;
  }

  const rotate = ({ context }: AuthInstance, onlyIfOlderThanMs = 0, algorithm: 'ES256' | 'RS256' = 'ES256') =>
    rotateSigningKeys(context.database, context.vault, { algorithm, onlyIfOlderThanMs, publishMs: PUBLISH_MS });

  async function publishedKids(instance: AuthInstance): Promise<string[]> {
    const { body, headers } = await call(instance, 'GET', '/.well-known/jwks.json');
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    return z
      .object({ keys: z.array(publicJwk) })
      .parse(body)
      .keys.map(({ kid }) => kid);
  }

  /** Lets time go by for the keys: all their moments move into the past. */
  async function passTime({ context }: AuthInstance, seconds: number): Promise<void> {
    await context.database.query(
      `UPDATE signing_key SET created_at = created_at - d, signs_from = signs_from - d, retires_at = retires_at - d, verifies_until = verifies_until - d
       FROM (SELECT $1::int * interval '1 second' AS d) AS step`,
      seconds,
    );
    await Promise.all(instances.map((instance) => instance.context.keyRing.reload()));
  }

  const kidOf = (token: string): string | undefined => decodeAccessToken(token).header.kid;

  test('rotation publishes, signs and retires without a refused token at any step, on every instance', async () => {
    const [a, b] = [await start(), await start()];
    const issued: string[] = [];
    const check = async (): Promise<string | undefined> => {
      const tokens = await Promise.all(
        [a, b].map(async (instance) => (await openSession(instance)).response.access_token),
      );
      issued.push(...tokens);
      for (const token of issued) {
        for (const instance of [a, b]) expect((await introspect(instance, token)).body['active']).toBe(true);
      }
      expect(new Set(tokens.map(kidOf)).size).toBe(1);
      return kidOf(tokens[0] ?? '');
    };
    const first = await check();
    const next = await rotate(a);
    // B has not looked at the store since: it must verify, and not sign, with anything new.
    expect(await check()).toBe(first);
    await b.context.keyRing.reload();
    await a.context.keyRing.reload();
    expect(await publishedKids(a)).toEqual([first, next?.kid]);
    expect(await check()).toBe(first);
    await passTime(a, 500);
    expect(await check()).toBe(first);
    await passTime(a, 200);
    expect(await check()).toBe(next?.kid);
    expect(await publishedKids(b)).toEqual([first, next?.kid]);
    await passTime(a, 900);
    expect(await check()).toBe(next?.kid);
  });

  test('a retired key goes once its last token and every cached key set have gone, its private half before', async () => {
    const a = await start();
    const [first] = await publishedKids(a);
    const next = await rotate(a);
    const db = a.context.database;
    const privateHalves = () =>
      db.query('SELECT kid FROM signing_key WHERE private_sealed IS NOT NULL ORDER BY signs_from');
    await passTime(a, 600 + 3_601);
    await sweepSigningKeys(db);
    expect(await privateHalves()).toEqual([{ kid: next?.kid }]);
    expect(await publishedKids(a)).toEqual([first, next?.kid]);
    await passTime(a, 1_200);
    await sweepSigningKeys(db);
    await a.context.keyRing.reload();
    expect(await publishedKids(a)).toEqual([next?.kid]);
  });

  test('many instances on one schedule rotate once, and make one first key', async () => {
    const started = await Promise.all(Array.from({ length: 8 }, () => start()));
    const [first] = started;
    if (first === undefined) throw new Error('no instance');
    expect(await publishedKids(first)).toHaveLength(1);
    expect(new Set((await Promise.all(started.map(publishedKids))).flat()).size).toBe(1);
    const results = await Promise.all(started.map((instance) => rotate(instance, 60_000)));
    expect(results.filter((result) => result !== undefined)).toEqual([]);
    await passTime(first, 61);
    const due = await Promise.all(started.map((instance) => rotate(instance, 60_000)));
    expect(due.filter((result) => result !== undefined)).toHaveLength(1);
  });

  test('publications at the same moment, of which one is due, publish one key', async () => {
    const [a, b] = [await start(), await start()];
    const db = a.context.database;
    await db.query('DELETE FROM signing_key');
    const pairs = await Promise.all(Array.from({ length: 8 }, () => newKeyPair('ES256')));
    const terms = { sealed: Buffer.of(1), onlyIfOlderThanMs: 60_000, delayMs: 0, verifyAfterRetirementMs: 1_000 };
    // The table can be read and not written until all of them are under way, so each that does not wait for its turn sees no key.
    const settled = await queueBehind(
      b.context.database,
      (blocker) => blocker.query('LOCK TABLE signing_key IN SHARE MODE'),
      () => pairs.map((pair) => publishSigningKey(db, { pair, ...terms })),
    );
    const published = settled.map((result) => (result.status === 'fulfilled' ? result.value : result.reason));
    expect(published.filter((at) => at !== undefined)).toHaveLength(1);
    expect(await db.query('SELECT kid FROM signing_key')).toHaveLength(1);
  });

  test('another algorithm is phased in like any other key', async () => {
    const es = await start();
    const before = (await openSession(es)).response.access_token;
    const rs = await start({ JWT_ALGORITHM: 'RS256' });
    expect(await publishedKids(rs)).toHaveLength(2);
    expect(decodeAccessToken((await openSession(rs)).response.access_token).header.alg).toBe('ES256');
    await passTime(es, 601);
    const after = (await openSession(rs)).response.access_token;
    expect(decodeAccessToken(after).header.alg).toBe('RS256');
    for (const token of [before, after]) {
      for (const instance of [es, rs]) expect((await introspect(instance, token)).body['active']).toBe(true);
    }
  });

  test('a downstream can verify a token with the published key set alone', async () => {
    for (const algorithm of ['ES256', 'RS256'] as const) {
      const own = await createStores();
      const instance = await startAuth(own, { JWT_ALGORITHM: algorithm });
      const token = (await openSession(instance)).response.access_token;
      const { body } = await call(instance, 'GET', '/.well-known/jwks.json');
      const [jwk] = z.object({ keys: z.array(publicJwk) }).parse(body).keys;
      expect(jwk).toMatchObject({ alg: algorithm, use: 'sig', kid: kidOf(token) });
      expect(JSON.stringify(body)).not.toMatch(/"(?:d|p|q|dp|dq|qi|k)":/);
      if (jwk === undefined) throw new Error('no key');
      const options = { algorithms: [algorithm], issuer: 'https://auth.test', audience: 'turnpike-test' };
      expect(jwt.verify(token, createPublicKey({ key: jwk, format: 'jwk' }), options)).toMatchObject({
        type: 'access',
      });
      await instance.close();
      await own.database.drop();
    }
  });

  describe('HS256', () => {
    const secret = 'an-hs256-secret-of-at-least-32-bytes!';

    test('signs with the shared secret, publishes nothing, and verifies nothing else', async () => {
      const hs = await start({ JWT_ALGORITHM: 'HS256', JWT_SECRET_KEY: secret });
      const es = await start();
      const token = (await openSession(hs)).response.access_token;
      expect(jwt.verify(token, secret, { algorithms: ['HS256'], audience: 'turnpike-test' })).toMatchObject({
        type: 'access',
      });
      expect((await introspect(hs, token)).body['active']).toBe(true);
      expect(await publishedKids(hs)).toEqual([]);
      const asymmetric = (await openSession(es)).response.access_token;
      expect((await introspect(hs, asymmetric)).body).toEqual({ active: false });
      expect((await introspect(es, token)).body).toEqual({ active: false });
    });
  });
}
