import type { Logger } from '@turnpike/service-kit';
import type { Db } from '../database.ts';
import type { Vault } from '../vault/domain/vault.ts';
import type { AppleClient } from './apple-client.ts';
import { openGrant } from './sealed-grants.ts';
import { finishProviderRevocation, takeProviderRevocation } from './stores/provider-grants.ts';

/** Calls to the provider in one run, so that a long queue does not become a flood there. */
const PER_RUN_MAX = 20;

export interface ProviderRevocationOptions {
  readonly db: Db;
  readonly vault: Vault;
  readonly apple: AppleClient;
  readonly logger: Logger;
  /** Breaks a run off between two calls. */
  readonly signal?: AbortSignal;
}

/**
 * Ends connections at Apple whose account or identity is gone. What fails is tried again, with pauses growing to six hours, until it
 * succeeds; nothing else waits for it.
 */
export async function revokeAtProviders({
  db,
  vault,
  apple,
  logger,
  signal,
}: ProviderRevocationOptions): Promise<void> {
  if (!apple.hasKey) return;
  for (let count = 0; count < PER_RUN_MAX && signal?.aborted !== true; count += 1) {
    const pending = await takeProviderRevocation(db, 'apple');
    if (pending === undefined) return;
    const { id, clientId, sealed, attempts } = pending;
    try {
      const ended = await apple.revoke(clientId, openGrant(vault, 'apple', clientId, sealed));
      if (ended) await finishProviderRevocation(db, id);
      else logger.warn({ revocation: id, attempts }, 'Apple refused to end a connection; it will be tried again');
    } catch (err) {
      logger.warn(
        { err, revocation: id, attempts },
        'a connection at Apple could not be ended; it will be tried again',
      );
    }
  }
}
