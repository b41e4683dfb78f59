import { AppError, type InternalClient } from '@turnpike/service-kit';
import { refreshAccount } from '../account/refresh-account.ts';
import type { Database, Db } from '../database.ts';
import type { CredentialKind } from '../tokens/domain/introspection.ts';
import { apiKeyKind } from './domain/api-key.ts';
import { KeyUse } from './key-use.ts';
import { recordKeyUse } from './stores/api-keys.ts';
import { findApiKey } from './stores/find-api-key.ts';

/** How API keys are recognised, and where their use is noted. */
export interface ApiKeys {
  readonly kind: CredentialKind;
  readonly use: KeyUse;
}

/** @param users answers within a short deadline, as introspection waits for it */
export function createApiKeys(db: Database, users: InternalClient): ApiKeys {
  const use = new KeyUse((uses) => recordKeyUse(db, uses), Date.now);
  const kind = apiKeyKind({
    find: (digest) => findApiKey(db, digest),
    isActiveNow: (userId) => isActiveNow(db, users, userId),
    noteUse: (keyId) => use.note(keyId),
  });
  return { kind, use };
}

/** Asks users, and notes what it says. While users is down the user stays as noted. */
async function isActiveNow(db: Db, users: InternalClient, userId: string): Promise<boolean> {
  try {
    return (await refreshAccount(db, users, userId)) === 'active';
  } catch (error) {
    if (error instanceof AppError && error.status >= 500) return false;
    throw error;
  }
}
