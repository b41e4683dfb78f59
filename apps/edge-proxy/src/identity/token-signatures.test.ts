import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { publicJwk, type PublicJwk } from '@turnpike/contracts';
import { TokenSignatures } from './token-signatures.ts';

interface Signer {
  readonly jwk: PublicJwk;
  readonly privateKey: KeyObject;
}

const SECRET = 'a-shared-secret-of-at-least-32-characters';
const FAKE_KEY_IDS = 1_000;

let nowMs = 0;
let fetches = 0;
let published: readonly PublicJwk[] | undefined;
const make = (secret?: string): TokenSignatures =>
  new TokenSignatures({
    secret,
    monotonicMs: () => nowMs,
    async fetchKeys() {
      fetches += 1;
      await Promise.resolve();
      if (published === undefined) throw new Error('auth is down');
      return published;
    },
  });
beforeEach(() => {
  [nowMs, fetches, published] = [0, 0, undefined];
});

function signer(kid: string, alg: 'ES256' | 'RS256' = 'ES256'): Signer {
  const { publicKey, privateKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return { jwk: publicJwk.parse({ ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }), privateKey };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = (header: object): string => `${encode({ typ: 'at+jwt', ...header })}.${encode({ sub: 'somebody' })}`;
function tokenOf({ jwk, privateKey }: Signer, header: object = {}): string {
  const text = unsigned({ alg: jwk.alg, kid: jwk.kid, ...header });
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
function macOf(header: object, secret: string | Buffer): string {
  const text = unsigned(header);
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

describe.each(['ES256', 'RS256'] as const)('%s', (alg) => {
  const ours = signer('ours', alg);
  const foreign = signer('ours', alg);

  test('a token that a published key signed is vouched for', async () => {
    published = [ours.jwk];
    expect(await make().vouchFor(tokenOf(ours))).toBe(true);
  });

  test.each<[string, () => string]>([
    ['another key under the same id', () => tokenOf(foreign)],
    ['no key id', () => tokenOf(ours, { kid: undefined })],
    ['no algorithm', () => tokenOf(ours, { alg: undefined })],
    ['the algorithm none', () => `${unsigned({ alg: 'none', kid: 'ours' })}.`],
    ['another algorithm than the key’s', () => tokenOf(ours, { alg: alg === 'ES256' ? 'RS256' : 'ES256' })],
    ['a MAC made with the public key', () => macOf({ alg: 'HS256', kid: 'ours' }, JSON.stringify(ours.jwk))],
    ['a changed claim', () => tokenOf(ours).replace(/\.[^.]+\./, `.${encode({ sub: 'somebody else' })}.`)],
    ['a signature of no length', () => `${unsigned({ alg, kid: 'ours' })}.AA`],
    ['too many characters', () => tokenOf(ours, { padding: 'x'.repeat(4_096) })],
    ['no JSON', () => 'aaa.bbb.ccc'],
    ['no token', () => `sk_live_${'A'.repeat(36)}`],
  ])('one with %s is not', async (_name, token) => {
    published = [ours.jwk];
    expect(await make().vouchFor(token())).toBe(false);
  });
});

describe('HS256', () => {
  test('the secret decides, whatever the key id, and no key is asked for', async () => {
    const signatures = make(SECRET);
    expect(await signatures.vouchFor(macOf({ alg: 'HS256', kid: 'any' }, SECRET))).toBe(true);
    expect(await signatures.vouchFor(macOf({ alg: 'HS256', kid: 'any' }, `${SECRET}!`))).toBe(false);
    expect(await signatures.vouchFor(macOf({ alg: 'HS384', kid: 'any' }, SECRET))).toBe(false);
    expect(fetches).toBe(0);
  });
});

describe('the published keys', () => {
  const [before, after] = [signer('before'), signer('after')];

  test(`are asked for once in 30 seconds, however many of ${FAKE_KEY_IDS} made-up key ids come`, async () => {
    published = [before.jwk];
    const signatures = make();
    for (const second of [0, 29, 30, 31, 59, 60]) {
      nowMs = second * 1_000;
      const tokens = Array.from({ length: FAKE_KEY_IDS }, (_value, index) => tokenOf(before, { kid: `fake-${index}` }));
      for (const vouched of await Promise.all(tokens.map((token) => signatures.vouchFor(token))))
        expect(vouched).toBe(false);
      expect(fetches).toBe(Math.floor(second / 30) + 1);
    }
    expect(await signatures.vouchFor(tokenOf(before))).toBe(true);
  });

  test('are found again after a rotation, also in the middle of made-up ones', async () => {
    published = [before.jwk];
    const signatures = make();
    expect(await signatures.vouchFor(tokenOf(before))).toBe(true);
    published = [before.jwk, after.jwk];
    nowMs = 30_000;
    const [made, rotated] = await Promise.all([
      signatures.vouchFor(tokenOf(before, { kid: 'made up' })),
      signatures.vouchFor(tokenOf(after)),
    ]);
    expect([made, rotated, fetches]).toEqual([false, true, 2]);
    expect(await signatures.vouchFor(tokenOf(before))).toBe(true);
  });

  test('are forgotten some time after they were withdrawn', async () => {
    published = [before.jwk];
    const signatures = make();
    expect(await signatures.vouchFor(tokenOf(before))).toBe(true);
    published = [after.jwk];
    nowMs = 300_000;
    // This check asks anew, and the next one knows.
    await signatures.vouchFor(tokenOf(before));
    await signatures.vouchFor(tokenOf(after));
    expect(await signatures.vouchFor(tokenOf(before))).toBe(false);
  });

  test('stay while auth is down, and are learned when it is up again', async () => {
    const signatures = make();
    expect(await signatures.vouchFor(tokenOf(before))).toBe(false);
    published = [before.jwk];
    nowMs = 30_000;
    expect(await signatures.vouchFor(tokenOf(before))).toBe(true);
    published = undefined;
    nowMs = 330_000;
    expect(await signatures.vouchFor(tokenOf(before))).toBe(true);
    expect(await signatures.vouchFor(tokenOf(before))).toBe(true);
  });
});
