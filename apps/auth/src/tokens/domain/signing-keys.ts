import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { publicJwk, type PublicJwk } from '@turnpike/contracts';

/** Algorithms whose keys live in the database. `HS256` has one shared secret, from the configuration. */
export type AsymmetricAlgorithm = 'ES256' | 'RS256';
export type JwtAlgorithm = AsymmetricAlgorithm | 'HS256';

/** Modulus of an RS256 key, in bits. */
const RSA_MODULUS_BITS = 3072;

/** A key that verifies, pinned to the one algorithm it may be used with. */
export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: JwtAlgorithm;
  readonly verifyWith: KeyObject;
}

/** A key that signs. */
export interface SigningKey extends VerificationKey {
  readonly signWith: KeyObject;
}

/** A stored key: its times, and its private half where it still has one. */
export interface ScheduledKey extends VerificationKey {
  readonly jwk: PublicJwk;
  readonly signWith: KeyObject | undefined;
  readonly signsFromMs: number;
  readonly retiresAtMs: number | undefined;
  readonly verifiesUntilMs: number | undefined;
}

/** A key pair just made: the JWK to publish and the PKCS #8 private key to seal. */
export interface NewKeyPair {
  readonly kid: string;
  readonly algorithm: AsymmetricAlgorithm;
  readonly jwk: PublicJwk;
  readonly pkcs8: Buffer;
}

const generate = promisify(generateKeyPair);

/** Makes a key pair. The key id is the RFC 7638 thumbprint, so it names the key itself and cannot be assigned to another. */
export async function newKeyPair(algorithm: AsymmetricAlgorithm): Promise<NewKeyPair> {
  const { publicKey, privateKey } =
    algorithm === 'ES256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: RSA_MODULUS_BITS });
  const jwk = toPublicJwk(publicKey, algorithm);
  return { kid: jwk.kid, algorithm, jwk, pkcs8: privateKey.export({ type: 'pkcs8', format: 'der' }) };
}

/** The public key of a published JWK. */
export function importPublicJwk(jwk: PublicJwk): KeyObject {
  return createPublicKey({ key: jwk, format: 'jwk' });
}

/** The private key of a PKCS #8 document (DER). */
export function importPrivateKey(pkcs8: Buffer): KeyObject {
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
}

/** The one key of `HS256`. Its id tells secrets apart without telling anything of them. */
export function sharedSecretKey(secret: string): SigningKey {
  const key = createSecretKey(Buffer.from(secret));
  const kid = createHmac('sha256', key).update('turnpike.kid').digest('base64url').slice(0, 22);
  return { kid, algorithm: 'HS256', verifyWith: key, signWith: key };
}

/**
 * The key to sign with at a moment: the newest that has begun to sign and has not retired, or the newest that has begun
 * where none fits, as a retired key verifies for longer than a token lives (ADR 8).
 */
export function keyThatSigns(keys: readonly ScheduledKey[], nowMs: number): SigningKey | undefined {
  const begun = keys
    .flatMap(({ signWith, ...key }) =>
      signWith !== undefined && key.signsFromMs <= nowMs ? [{ ...key, signWith }] : [],
    )
    .toSorted((a, b) => b.signsFromMs - a.signsFromMs);
  return begun.find((key) => key.retiresAtMs === undefined || key.retiresAtMs > nowMs) ?? begun[0];
}

/** The keys that tokens may still be verified with: signing ones, retired ones whose tokens may live, and those about to sign. */
export function keysThatVerify(keys: readonly ScheduledKey[], nowMs: number): ScheduledKey[] {
  return keys.filter((key) => key.verifiesUntilMs === undefined || key.verifiesUntilMs > nowMs);
}

function toPublicJwk(publicKey: KeyObject, alg: AsymmetricAlgorithm): PublicJwk {
  const { kty, crv, x, y, n, e } = publicKey.export({ format: 'jwk' });
  // RFC 7638 §3.2: the required members only, in lexicographic order.
  const required = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n };
  const kid = createHash('sha256').update(JSON.stringify(required)).digest('base64url');
  return publicJwk.parse({ ...required, kid, use: 'sig', alg });
}
