import { VaultError, type Logger } from '@turnpike/service-kit';
import type { Db } from '../database.ts';
import { isSharedMethod } from '../sessions/domain/session.ts';
import type { IdentityProfile } from '../sign-in/domain/sign-in.ts';
import type { Vault } from '../vault/domain/vault.ts';
import { storedKey } from '../vault/stored-key.ts';
import { identityDigests } from './domain/identity-digests.ts';

/** What identities are remembered by, also after their account was erased. */
export interface IdentityMemory {
  /** Digests of an identity; none of one that people share. Rejects when the store is down. */
  digestsOf(profile: Omit<IdentityProfile, 'displayName'>): Promise<Buffer[]>;
}

/** Digests under a stored key: those of people who are gone cannot be made anew under another. */
export function createIdentityMemory(db: Db, vault: Vault, logger: Logger): IdentityMemory {
  const key = storedKey(db, vault, 'identity');
  let told = false;
  return {
    async digestsOf(profile) {
      // An address that nobody proved says nothing of who comes with it.
      if (isSharedMethod(profile.provider) || (profile.provider === 'email' && !profile.emailVerified)) return [];
      try {
        return identityDigests(await key(), profile);
      } catch (err) {
        if (!(err instanceof VaultError)) throw err;
        // Nobody is kept out for it.
        if (!told)
          logger.error(
            { err },
            'who comes back after deleting an account is not recognised: the key of the digests does not open',
          );
        told = true;
        return [];
      }
    },
  };
}
