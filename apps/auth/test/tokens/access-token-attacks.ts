import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { uuidv7 } from '@turnpike/service-kit';
import { decodeAccessToken } from '../decode.ts';
import { call, createStores, introspect, openSession, startAuth, type AuthInstance, type Stores } from '../harness.ts';

export function accessTokenAttacksTests(): void {
  let stores: Stores;
  let auth: AuthInstance;
  /** A session that lives through all tests: whatever is refused here is refused for the token alone. */
  let subject: { userId: string; sessionId: string; token: string };

  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores);
    const { userId, sessionId, response } = await openSession(auth);
    subject = { userId, sessionId, token: response.access_token };
  });

  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = (): number => Math.floor(Date.now() / 1_000);

  function goodClaims(): Record<string, unknown> {
    const { userId: sub, sessionId: sid } = subject;
    return {
      iss: 'https://auth.test',
      aud: 'turnpike-test',
      sub,
      sid,
      jti: uuidv7(),
      iat: now(),
      exp: now() + 900,
      type: 'access',
      tier: 'free',
    };
  }

  function goodHeader(): { alg: string; typ: string; kid: string } {
    return { alg: 'ES256', typ: 'at+jwt', kid: auth.context.keyRing.current().kid };
  }

  /** Signs anything with the service's own key, so that only the named fault can be why it is refused. */
  function signed(claims: object, header: object = {}): string {
    const key = auth.context.keyRing.current();
    return jwt.sign(claims, key.signWith, { algorithm: 'ES256', header: { ...goodHeader(), ...header } });
  }

  async function verdict(token: string): Promise<string> {
    const { status, body, headers } = await introspect(auth, token);
    expect(status).toBe(200);
    if (body['active'] === true) return 'active';
    expect(body).toEqual({ active: false });
    return headers.get('x-inactive-reason') ?? 'no reason';
  }

  describe('the control', () => {
    test('an issued token, and one signed the same way here, are active', async () => {
      expect(await verdict(subject.token)).toBe('active');
      expect(await verdict(signed(goodClaims()))).toBe('active');
    });

    test('an active answer says whose and which session it is', async () => {
      const { payload } = decodeAccessToken(subject.token);
      expect((await introspect(auth, subject.token)).body).toEqual({
        active: true,
        auth_time: payload['iat'],
        principal: 'user',
        token_type: 'access_token',
        limit_subject: expect.stringMatching(/^[0-9a-f-]{36}$/),
        sub: subject.userId,
        sid: subject.sessionId,
        tier: 'free',
        scopes: ['*'],
        iat: payload.iat,
        exp: payload.exp,
      });
    });
  });

  describe('algorithm attacks', () => {
    test.each(['none', 'None', 'NONE', 'nOnE'])('alg %s without a signature is refused', async (alg) => {
      const body = `${encode({ ...goodHeader(), alg })}.${encode(goodClaims())}`;
      expect(await verdict(`${body}.`)).toBe('jwt_invalid');
      expect(await verdict(`${body}.AA`)).toBe('jwt_invalid');
    });

    test('the public key used as an HMAC secret is refused, in every spelling of the key', async () => {
      const [jwk] = auth.context.keyRing.published();
      if (jwk === undefined) throw new Error('no published key');
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      const secrets = [
        key.export({ type: 'spki', format: 'pem' }),
        key.export({ type: 'spki', format: 'der' }),
        JSON.stringify(jwk),
        jwk.kid,
      ];
      for (const secret of secrets) {
        const body = `${encode({ ...goodHeader(), alg: 'HS256' })}.${encode(goodClaims())}`;
        expect(await verdict(`${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`)).toBe(
          'jwt_invalid',
        );
      }
    });

    test.each(['HS256', 'RS256', 'ES384', 'PS256', 'EdDSA', ''])(
      'a token of ours relabelled %s is refused',
      async (alg) => {
        const [, payload, signature] = subject.token.split('.');
        expect(await verdict(`${encode({ ...goodHeader(), alg })}.${payload}.${signature}`)).toBe('jwt_invalid');
      },
    );

    test('a changed payload is refused', async () => {
      const [header, , signature] = subject.token.split('.');
      expect(await verdict(`${header}.${encode({ ...goodClaims(), tier: 'enterprise' })}.${signature}`)).toBe(
        'jwt_invalid',
      );
    });
  });

  test.each(['RS384', 'RS512', 'PS256'] as const)('an RS256 key verifies no %s, though it could', async (algorithm) => {
    const own = await createStores();
    const instance = await startAuth(own, { JWT_ALGORITHM: 'RS256' });
    const { userId: sub, sessionId: sid } = await openSession(instance);
    const key = instance.context.keyRing.current();
    const sign = (alg: jwt.Algorithm) =>
      jwt.sign({ ...goodClaims(), sub, sid }, key.signWith, {
        algorithm: alg,
        header: { alg, typ: 'at+jwt', kid: key.kid },
      });
    expect((await introspect(instance, sign('RS256'))).body['active']).toBe(true);
    expect((await introspect(instance, sign(algorithm))).body).toEqual({ active: false });
    await instance.close();
    await own.database.drop();
  });

  describe('key attacks', () => {
    const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const forged = (header: object): string =>
      jwt.sign(goodClaims(), foreign.privateKey, { algorithm: 'ES256', header: { ...goodHeader(), ...header } });

    test('a foreign key under our kid is refused', async () => {
      expect(await verdict(forged({}))).toBe('jwt_invalid');
    });

    test('a foreign kid is refused', async () => {
      expect(await verdict(forged({ kid: 'attacker' }))).toBe('jwt_invalid');
    });

    test.each(["' OR 1=1 --", '../../dev/null', '', '__proto__', 'constructor'])('kid %j is refused', async (kid) => {
      expect(await verdict(forged({ kid }))).toBe('jwt_invalid');
    });

    test('no kid, or one that is no text, is refused', async () => {
      expect(
        await verdict(
          jwt.sign(goodClaims(), foreign.privateKey, { algorithm: 'ES256', header: { alg: 'ES256', typ: 'at+jwt' } }),
        ),
      ).toBe('jwt_invalid');
      expect(await verdict(`${encode({ ...goodHeader(), kid: ['x'] })}.${encode(goodClaims())}.AA`)).toBe(
        'jwt_invalid',
      );
    });

    test.each([
      ['jwk', foreign.publicKey.export({ format: 'jwk' })],
      ['jku', 'https://attacker.example/jwks.json'],
      ['x5u', 'https://attacker.example/cert.pem'],
      ['x5c', ['MIIB']],
      ['crit', ['exp']],
      ['b64', false],
    ])('a key or rule brought along in %s is refused, even on a token we signed', async (member, value) => {
      expect(await verdict(forged({ [member]: value }))).toBe('jwt_invalid');
      expect(await verdict(signed(goodClaims(), { [member]: value }))).toBe('jwt_invalid');
    });
  });

  describe('other tokens as access tokens', () => {
    test('a refresh token is refused', async () => {
      expect(await verdict((await openSession(auth)).response.refresh_token)).toBe('jwt_invalid');
    });

    test.each(['JWT', 'jwt', 'id_token', 'rt+jwt', undefined])(
      'a token of ours with typ %j is refused',
      async (typ) => {
        expect(await verdict(signed(goodClaims(), { typ }))).toBe('jwt_invalid');
      },
    );

    test.each(['refresh', 'identity', 'service', 'Access', '', undefined, true])(
      'a token of ours with type %j is refused',
      async (type) => {
        expect(await verdict(signed({ ...goodClaims(), type }))).toBe('jwt_invalid');
      },
    );

    test.each(['', 'x', 'a.b', 'a.b.c', '..', `${'a'.repeat(4_000)}.b.c`, '\u0000.a.b'])(
      '%j is refused',
      async (token) => {
        const answer = await call(auth, 'POST', '/internal/auth/introspect', {
          body: { token },
          headers: { 'x-service-key': stores.env['SERVICE_API_KEY'] ?? '' },
        });
        expect(answer.status === 422 || answer.headers.get('x-inactive-reason') === 'jwt_invalid').toBe(true);
        expect(answer.body['active']).not.toBe(true);
      },
    );
  });

  describe('claims', () => {
    test.each(['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp', 'type', 'tier'])(
      'a token without %s is refused',
      async (claim) => {
        const { [claim]: _left, ...rest } = goodClaims();
        expect(
          await verdict(
            jwt.sign(rest, auth.context.keyRing.current().signWith, {
              algorithm: 'ES256',
              header: goodHeader(),
              noTimestamp: true,
            }),
          ),
        ).toBe('jwt_invalid');
      },
    );

    test.each([
      ['iss', 'https://other.test'],
      ['iss', ''],
      ['iss', ['https://auth.test']],
      ['aud', 'other'],
      ['aud', ''],
      ['aud', []],
      ['sub', 'someone'],
      ['sub', ''],
      ['sid', 'session'],
      ['jti', ''],
      ['jti', 7],
      ['tier', ''],
      ['tier', 5],
    ])('%s = %j is refused', async (claim, value) => {
      // jsonwebtoken refuses to sign some of these itself, so they are signed over hand-made JSON.
      const token = jwt.sign(
        JSON.stringify({ ...goodClaims(), [claim]: value }),
        auth.context.keyRing.current().signWith,
        {
          algorithm: 'ES256',
          header: goodHeader(),
        },
      );
      expect(await verdict(token)).toBe('jwt_invalid');
    });

    test.each([
      ['exp far away', () => ({ exp: now() + 10 * 365 * 86_400 })],
      ['exp as text', () => ({ exp: String(now() + 900) })],
      ['exp as a fraction', () => ({ exp: now() + 900.5 })],
      ['exp before iat', () => ({ iat: now(), exp: now() - 1 })],
      ['exp beyond numbers', () => ({ exp: 1e300 })],
      ['iat as text', () => ({ iat: 'now' })],
    ])('%s is refused', async (_name, change) => {
      const token = jwt.sign(
        JSON.stringify({ ...goodClaims(), ...change() }),
        auth.context.keyRing.current().signWith,
        {
          algorithm: 'ES256',
          header: goodHeader(),
        },
      );
      expect(await verdict(token)).toBe('jwt_invalid');
    });

    test('a token of another user’s session is refused', async () => {
      const other = await openSession(auth);
      expect(await verdict(signed({ ...goodClaims(), sub: other.userId }))).toBe('session_revoked');
    });

    test('a session that never was is refused', async () => {
      expect(await verdict(signed({ ...goodClaims(), sid: uuidv7() }))).toBe('session_revoked');
    });
  });

  describe('time', () => {
    test('an expired token is told apart from an invalid one', async () => {
      expect(await verdict(signed({ ...goodClaims(), iat: now() - 901, exp: now() - 1 }))).toBe('jwt_expired');
      expect(await verdict(signed({ ...goodClaims(), iat: now() - 90_000, exp: now() - 89_100 }))).toBe('jwt_expired');
      expect(await verdict(signed({ ...goodClaims(), iat: now() - 901, exp: now() - 1, aud: 'other' }))).toBe(
        'jwt_invalid',
      );
    });

    test('iat up to 30 s ahead is a clock difference, more is refused', async () => {
      expect(await verdict(signed({ ...goodClaims(), iat: now() + 20, exp: now() + 900 }))).toBe('active');
      expect(await verdict(signed({ ...goodClaims(), iat: now() + 40, exp: now() + 900 }))).toBe('jwt_invalid');
      expect(await verdict(signed({ ...goodClaims(), nbf: now() + 60 }))).toBe('jwt_invalid');
    });
  });

  describe('introspection itself', () => {
    test.each([[{}], [{ 'x-service-key': 'wrong' }]])('is closed without the service key (%j)', async (headers) => {
      const answer = await call(auth, 'POST', '/internal/auth/introspect', { body: { token: subject.token }, headers });
      expect([answer.status, answer.body['detail']]).toEqual([403, 'Invalid service key']);
    });
  });
}
