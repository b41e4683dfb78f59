import type { InternalHttp } from '@turnpike/ledger-client';
import { loadServiceKeys, type ServiceKeys } from '@turnpike/service-kit';
import { hs256Secret } from '../config.ts';
import type { Notice } from '../domain/notice.ts';
import type { Foundation } from '../foundation.ts';
import { USERS_LAG_MS } from '../neighbours/acted-for.ts';
import { askKeys } from '../neighbours/introspection.ts';
import { CredentialCache } from './credential-cache.ts';
import { RevocationFeed } from './revocation-feed.ts';
import { RevokedIds } from './revoked-ids.ts';
import { TokenSignatures } from './token-signatures.ts';

/** Who is calling. */
export interface Identity {
  readonly auth: InternalHttp;
  readonly users: InternalHttp;
  readonly credentials: CredentialCache;
  readonly signatures: TokenSignatures;
  readonly revoked: RevokedIds;
  readonly serviceKeys: ServiceKeys;
  readonly adminKeys: readonly string[];
}

/** Builds what knows callers, and hears of those who lost access: `onRevocation` is called once the caches have forgotten them. */
export function createIdentity(
  { config, logger, metrics, neighbours: { auth, users }, stores, clock, monotonicMs, now }: Foundation,
  onRevocation: (notice: Notice) => void,
): { readonly identity: Identity; readonly feed: RevocationFeed } {
  const ttlMs = config.CREDENTIAL_CACHE_SECONDS * 1_000;
  const revoked = new RevokedIds(Math.max(ttlMs, USERS_LAG_MS) + config.AUTH_TIMEOUT_MS * 2, monotonicMs);
  const credentials = new CredentialCache({
    ttlMs,
    entriesMax: config.CREDENTIAL_CACHE_ENTRIES,
    revoked,
    monotonicMs,
    now,
  });
  const feed = new RevocationFeed({
    store: stores.waitingStore,
    auth,
    pollMs: config.REVOCATION_POLL_MS,
    logger,
    clock,
    monotonicMs,
    onRevocation(notice, source) {
      metrics.revocations.inc({ source });
      revoked.add(notice);
      if (notice.kind !== 'unknown') credentials.forget(notice.id);
      onRevocation(notice);
    },
  });
  const signatures = new TokenSignatures({ fetchKeys: () => askKeys(auth), secret: hs256Secret(config), monotonicMs });
  const serviceKeys = loadServiceKeys(config);
  return {
    identity: { auth, users, credentials, signatures, revoked, serviceKeys, adminKeys: config.ADMIN_API_KEY },
    feed,
  };
}
