import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { decrypt, encrypt, GCM_TAG_BYTES } from './aes-gcm.ts';

/** A sealed value that no configured key opens: wrong key, wrong purpose, wrong context, or a damaged value. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
}

const VERSION = 1;
const KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
/** Where the parts of a sealed value begin, after its version and the key's id. */
const NONCE_AT = 1 + KEY_ID_BYTES;
const SEALED_AT = NONCE_AT + NONCE_BYTES;

/** Whose vault it is. */
export interface VaultOwner {
  /** Goes into every key, so that two services with one secret open nothing of each other's. */
  readonly salt: string;
  /** The setting that holds the secrets, for messages. */
  readonly setting: string;
}

interface MasterKey {
  readonly id: Buffer;
  derive(label: string): Buffer;
}

/**
 * Seals and authenticates with keys derived (HKDF-SHA256) from the key-encryption keys of the configuration. The first
 * key seals new values; all open old ones. Each `Purpose` has a key of its own, so a value of one is never accepted as another.
 */
export class SealingVault<Purpose extends string> {
  readonly #keys: readonly [MasterKey, ...MasterKey[]];
  readonly #setting: string;

  /** `secrets`: at least one, each 32 bytes or more; the configuration checks that. */
  constructor(secrets: readonly string[], { salt, setting }: VaultOwner) {
    this.#setting = setting;
    const [first, ...rest] = secrets.map((secret) => masterKey(secret, salt));
    if (first === undefined) throw new VaultError('No key-encryption key is configured');
    this.#keys = [first, ...rest];
  }

  /** How many keys are configured; more than one while a key is being replaced. */
  get keys(): number {
    return this.#keys.length;
  }

  /** What every value that the first key sealed begins with, and no other. */
  get mark(): Buffer {
    return Buffer.concat([Buffer.of(VERSION), this.#keys[0].id]);
  }

  /**
   * AES-256-GCM. `context`, the row the value belongs to, is authenticated and must be presented again to open;
   * `pepper` goes into the key.
   */
  seal(purpose: Purpose, plaintext: Uint8Array, context: string, pepper?: Uint8Array): Buffer {
    const key = this.#keys[0];
    const nonce = randomBytes(NONCE_BYTES);
    const sealed = encrypt(sealingKey(key, purpose, pepper), nonce, plaintext, context);
    return Buffer.concat([Buffer.of(VERSION), key.id, nonce, sealed]);
  }

  /** The plaintext of a value made by `seal` with the same purpose, context and pepper. Throws `VaultError` otherwise. */
  open(purpose: Purpose, sealed: Uint8Array, context: string, pepper?: Uint8Array): Buffer {
    const blob = Buffer.from(sealed);
    const keyId = blob.subarray(1, NONCE_AT);
    const key =
      blob.length >= SEALED_AT + GCM_TAG_BYTES && blob[0] === VERSION
        ? this.#keys.find(({ id }) => id.equals(keyId))
        : undefined;
    if (key === undefined)
      throw new VaultError(`A sealed ${purpose} was sealed with a key that is not configured (${this.#setting})`);
    const nonce = blob.subarray(NONCE_AT, SEALED_AT);
    try {
      return decrypt(sealingKey(key, purpose, pepper), nonce, blob.subarray(SEALED_AT), context);
    } catch (cause) {
      throw new VaultError(`A sealed ${purpose} does not open`, { cause });
    }
  }

  /** HMAC-SHA256 of `data` under the purpose's key: a proof that we made it, or a keyed hash of something short. */
  mac(purpose: Purpose, data: Uint8Array): Buffer {
    return hmac(this.#keys[0], purpose, data);
  }

  /** `mac` under every configured key, the first one first: for looking up what an earlier key may have made. */
  macs(purpose: Purpose, data: Uint8Array): Buffer[] {
    return this.#keys.map((key) => hmac(key, purpose, data));
  }

  /** Whether `mac` (whole, or its first bytes) is that of `data` under any configured key. Constant time per key. */
  verifyMac(purpose: Purpose, data: Uint8Array, mac: Uint8Array): boolean {
    if (mac.length === 0) return false;
    return this.#keys
      .map((key) => hmac(key, purpose, data).subarray(0, mac.length))
      .map((expected) => expected.length === mac.length && timingSafeEqual(expected, mac))
      .includes(true);
  }
}

function masterKey(secret: string, salt: string): MasterKey {
  const derived = new Map<string, Buffer>();
  const derive = (label: string): Buffer => {
    const known = derived.get(label);
    if (known !== undefined) return known;
    const key = Buffer.from(hkdfSync('sha256', secret, salt, label, KEY_BYTES));
    derived.set(label, key);
    return key;
  };
  return { id: derive('key-id').subarray(0, KEY_ID_BYTES), derive };
}

function sealingKey(key: MasterKey, purpose: string, pepper: Uint8Array | undefined): Buffer {
  const base = key.derive(`seal:${purpose}`);
  return pepper === undefined ? base : createHmac('sha256', base).update(pepper).digest();
}

function hmac(key: MasterKey, purpose: string, data: Uint8Array): Buffer {
  return createHmac('sha256', key.derive(`mac:${purpose}`))
    .update(data)
    .digest();
}
