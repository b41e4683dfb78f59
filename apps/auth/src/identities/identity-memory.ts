import { randomBytes } from 'node:crypto';
import type { Logger, Query } from '@turnpike/service-kit';
import { isSharedMethod } from '../sessions/domain/session.ts';
import type { IdentityProfile } from '../sign-in/domain/sign-in.ts';
import { VaultError, type Vault } from '../vault/domain/vault.ts';
import { identityDigests } from './domain/identity-digests.ts';
import { keepDigestKey } from './stores/digest-keys.ts';

/** Bytes of the key of the digests. */
const KEY_BYTES = 32;
/** Name of that key in the store, and what its sealed form is bound to. */
const PURPOSE = 'identity';

/** What identities are remembered by, also after their account was erased. */
export interface IdentityMemory {
  /** Digests of an identity; none of one that people share. Rejects when the store is down. */
  digestsOf(profile: Omit<IdentityProfile, 'displayName'>): Promise<Buffer[]>;
}

/** Digests under a key that is made once and kept, sealed, in the store: digests of people who are gone cannot be made anew under another. */
export function createIdentityMemory(query: Query, vault: Vault, logger: Logger): IdentityMemory {
  let key: Promise<Buffer | undefined> | undefined;

  async function readKey(): Promise<Buffer | undefined> {
    const sealed = await keepDigestKey(query, PURPOSE, vault.seal('digest-key', randomBytes(KEY_BYTES), PURPOSE));
    try {
      return vault.open('digest-key', sealed, PURPOSE);
    } catch (err) {
      if (!(err instanceof VaultError)) throw err;
      // Nobody is kept out for it.
      logger.error(
        { err },
        'who comes back after deleting an account is not recognised: the key of the digests does not open',
      );
      return undefined;
    }
  }

  return {
    async digestsOf(profile) {
      if (isSharedMethod(profile.provider)) return [];
      key ??= readKey().catch((error: unknown) => {
        key = undefined;
        throw error;
      });
      const known = await key;
      return known === undefined ? [] : identityDigests(known, profile);
    },
  };
}
