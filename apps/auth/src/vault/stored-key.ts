import { randomBytes } from 'node:crypto';
import type { Db } from '../database.ts';
import type { Vault } from './domain/vault.ts';
import { keepDigestKey } from './stores/digest-keys.ts';

/** Bytes of a stored key. */
const KEY_BYTES = 32;

/**
 * A key that is made once and kept, sealed, in the store, for values that cannot be made anew under another. Reads it at the first call. The
 * returned function rejects when the store is down, and with `VaultError` when no configured key opens it.
 */
export function storedKey(db: Db, vault: Vault, purpose: string): () => Promise<Buffer> {
  let key: Promise<Buffer> | undefined;

  async function readKey(): Promise<Buffer> {
    const sealed = await keepDigestKey(db, purpose, vault.seal('digest-key', randomBytes(KEY_BYTES), purpose));
    return vault.open('digest-key', sealed, purpose);
  }

  return () => {
    key ??= readKey().catch((error: unknown) => {
      key = undefined;
      throw error;
    });
    return key;
  };
}
