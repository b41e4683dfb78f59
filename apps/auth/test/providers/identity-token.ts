import { createHash, createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { verifyIdentityToken, type IdentityVerdict } from '../../src/providers/domain/identity-token.ts';
import { createProviderHttp, type ProviderHttp } from '../../src/providers/http.ts';
import { createKeySource } from '../../src/providers/key-source.ts';
import { newProviderKey, startOpenIdProvider, type OpenIdProvider } from '../stand-ins/openid-provider.ts';

export function identityTokenTests(): void {
  let provider: OpenIdProvider;
  let http: ProviderHttp;
  let findKey: ReturnType<typeof createKeySource>;

  beforeAll(async () => {
    provider = await startOpenIdProvider();
    http = createProviderHttp();
    findKey = createKeySource({ url: provider.jwksUrl, http, nowMs: () => performance.now() });
  });
  afterAll(async () => {
    await http.close();
    await provider.server.close();
  });
  beforeEach(() => {
    provider.person = { sub: 'person-1', email: 'ann@example.com', email_verified: true };
  });

  const now = (): number => Math.floor(Date.now() / 1000);

  function verify(
    token: string,
    nonce?: string,
    audiences = [provider.clientId],
    issuers = [provider.issuer],
  ): Promise<IdentityVerdict> {
    return verifyIdentityToken(token, nonce, findKey, { issuers, audiences }, now());
  }

  async function refusal(token: string, nonce?: string): Promise<string> {
    const verdict = await verify(token, nonce);
    return verdict.valid ? 'accepted' : verdict.reason;
  }

  /** The same claims under another header and a signature of our making. */
  function forge(header: object, sign: (input: string) => Buffer): string {
    const [, payload = ''] = provider.sign().split('.');
    const input = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}`;
    return `${input}.${sign(input).toString('base64url')}`;
  }

  describe('a token as the provider signs it', () => {
    test('returns subject, address and times', async () => {
      const verdict = await verify(provider.sign({ name: ' Ann  ' }));
      expect(verdict).toMatchObject({
        valid: true,
        claims: {
          subject: 'person-1',
          email: 'ann@example.com',
          emailVerified: true,
          name: 'Ann',
          audiences: [provider.clientId],
          singleUseDigest: undefined,
        },
      });
    });

    test('is accepted for each of several client ids and issuer spellings', async () => {
      const token = provider.sign({ aud: 'second-app', iss: 'accounts.google.com' });
      const verdict = await verify(
        token,
        undefined,
        ['first-app', 'second-app'],
        ['https://accounts.google.com', 'accounts.google.com'],
      );
      expect(verdict.valid).toBe(true);
    });

    test.each([
      [true, true],
      ['true', true],
      [false, false],
      ['false', false],
      [undefined, false],
      [1, false],
      ['yes', false],
    ])('email_verified %p counts as %p', async (claimed, verified) => {
      const verdict = await verify(provider.sign({ email_verified: claimed }));
      expect(verdict.valid && verdict.claims.emailVerified).toBe(verified);
    });

    test('an address that is none is dropped, and so is its verification', async () => {
      const verdict = await verify(provider.sign({ email: 'not an address', email_verified: true }));
      expect(verdict).toMatchObject({ claims: { email: undefined, emailVerified: false } });
    });
  });

  describe('tokens of somebody else', () => {
    test("another app's token (aud) is refused", async () => {
      expect(await refusal(provider.sign({ aud: 'com.another.app' }))).toBe('aud is another app');
    });
    test('a token that names another app beside ours is refused', async () => {
      expect(await refusal(provider.sign({ aud: [provider.clientId, 'com.another.app'] }))).toBe('aud is another app');
    });
    test.each([undefined, [], '', null, 7])('audience %p is refused', async (aud) => {
      expect(await refusal(provider.sign({ aud }))).not.toBe('accepted');
    });
    test('another issuer is refused', async () => {
      expect(await refusal(provider.sign({ iss: 'https://evil.example' }))).toBe('iss is another');
    });
    test('no issuer is refused', async () => {
      expect(await refusal(provider.sign({ iss: undefined }))).toBe('iss is another');
    });
  });

  describe('times', () => {
    test('an expired token is refused', async () => {
      expect(await refusal(provider.sign({ exp: now() - 1 }))).toBe('exp is missing or past');
    });
    test('a token without exp is refused', async () => {
      expect(await refusal(provider.sign({ exp: undefined }))).toBe('exp is missing or past');
    });
    test('a token without iat, or issued in the future, is refused', async () => {
      expect(await refusal(provider.sign({ iat: undefined }))).toBe('iat is missing or in the future');
      expect(await refusal(provider.sign({ iat: now() + 120 }))).toBe('iat is missing or in the future');
    });
    test('a token that is not valid yet (nbf) is refused', async () => {
      expect(await refusal(provider.sign({ nbf: now() + 120 }))).toBe('signature, nbf or payload');
    });
  });

  describe('forged signatures', () => {
    test('alg none is refused', async () => {
      const { kid } = provider.currentKey();
      expect(await refusal(forge({ alg: 'none', kid }, () => Buffer.from('x')))).toBe('alg is not that of the key');
    });
    test('HS256 keyed with the public key is refused', async () => {
      const { kid, privateKey } = provider.currentKey();
      const pem = createPublicKey(privateKey).export({ format: 'pem', type: 'spki' });
      const token = forge({ alg: 'HS256', kid }, (input) => createHmac('sha256', pem).update(input).digest());
      expect(await refusal(token)).toBe('alg is not that of the key');
    });
    test('a key the provider does not publish is refused, also under a published kid', async () => {
      const stranger = newProviderKey();
      expect(await refusal(provider.sign({}, stranger))).toBe('signed with a key the provider does not publish');
      expect(await refusal(provider.sign({}, { ...stranger, kid: provider.currentKey().kid }))).toBe(
        'signature, nbf or payload',
      );
    });
    test('a key carried in the header (jwk, jku, x5u) is not used', async () => {
      const stranger = newProviderKey();
      const jwk = createPublicKey(stranger.privateKey).export({ format: 'jwk' });
      const header = {
        kid: provider.currentKey().kid,
        jwk,
        jku: 'https://evil.example/keys',
        x5u: 'https://evil.example/cert',
      };
      expect(await refusal(provider.sign({}, stranger, header))).toBe('signature, nbf or payload');
    });
    test('a critical extension that we do not know is refused', async () => {
      expect(await refusal(provider.sign({}, provider.currentKey(), { crit: ['b64'], b64: true }))).toBe(
        'not a JWT with alg and kid',
      );
    });
    test('what says itself that it is not for us causes no fetch of keys', async () => {
      const strangers = [{ iss: 'https://evil.example' }, { aud: 'com.another.app' }, { exp: 1 }];
      const asked: string[] = [];
      for (const claims of strangers) {
        const token = provider.sign(claims, newProviderKey());
        const settings = { issuers: [provider.issuer], audiences: [provider.clientId] };
        await verifyIdentityToken(token, undefined, async (kid) => void asked.push(kid), settings, now());
      }
      expect(asked).toEqual([]);
    });
    test.each([
      ['nothing', ''],
      ['two parts', 'a.b'],
      ['three parts', 'a.b.c'],
      ['text', 'not a token'],
      ['an endless one', `${'a'.repeat(9_000)}.b.c`],
    ])('%s is refused', async (_name, token) => {
      expect(await refusal(token)).toBe('not a JWT with alg and kid');
    });
    test('changed claims are refused', async () => {
      const [header, , signature] = provider.sign().split('.');
      const claims = {
        iss: provider.issuer,
        aud: provider.clientId,
        iat: now(),
        exp: now() + 600,
        sub: 'somebody-else',
      };
      const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
      expect(await refusal(`${header}.${payload}.${signature}`)).toBe('signature, nbf or payload');
    });
    test('an encryption key of the set does not verify signatures', async () => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      expect(await refusal(provider.sign({}, { kid: 'enc', algorithm: 'ES256', privateKey }))).toBe(
        'signed with a key the provider does not publish',
      );
    });
  });

  describe('subject', () => {
    test.each([
      ['none', undefined],
      ['an empty one', ''],
      ['a number', 7],
      ['an endless one', 'x'.repeat(241)],
      ['one that no database keeps', 'nul\0'],
      ['half a character', '\ud800'],
    ])('%s is refused', async (_name, sub) => {
      expect(await refusal(provider.sign({ sub }))).toBe('sub is missing or cannot be kept');
    });
  });

  describe('nonce', () => {
    const nonce = 'n-0S6_WzA2Mj';
    const digest = createHash('sha256').update(nonce).digest();

    test.each([nonce, digest.toString('hex'), digest.toString('base64url')])(
      'claim %p matches the raw nonce',
      async (claim) => {
        const verdict = await verify(provider.sign({ nonce: claim }), nonce);
        expect(verdict.valid && verdict.claims.singleUseDigest).toHaveLength(32);
      },
    );
    test('another nonce is refused', async () => {
      expect(await refusal(provider.sign({ nonce: 'other' }), nonce)).toBe('nonce does not match');
    });
    test('a token without the nonce of the attempt is refused', async () => {
      expect(await refusal(provider.sign(), nonce)).toBe('nonce does not match');
    });
    test('whoever stole a token with a nonce cannot leave the nonce out', async () => {
      expect(await refusal(provider.sign({ nonce }))).toBe('nonce does not match');
    });
    test('a second spelling of the signature does not make a second token', async () => {
      const token = provider.sign({ nonce });
      // 256 bytes leave four unused bits in the last character, so the next letter of the alphabet decodes to the same signature.
      const respelled = token.slice(0, -1) + String.fromCodePoint((token.codePointAt(token.length - 1) ?? 0) + 1);
      const [first, second] = await Promise.all([verify(token, nonce), verify(respelled, nonce)]);
      expect(respelled).not.toBe(token);
      expect(
        first.valid &&
          second.valid &&
          first.claims.singleUseDigest?.equals(second.claims.singleUseDigest ?? Buffer.of()),
      ).toBe(true);
    });
  });
}
