import type { InternalHttp } from '@turnpike/ledger-client';
import { checkWrites, type ReadinessChecks, type RemoteClock } from '@turnpike/service-kit';
import type { RevocationFeed } from './identity/revocation-feed.ts';
import type { Store } from './stores/redis.ts';

export interface ReadinessParts {
  readonly store: Store;
  readonly auth: InternalHttp;
  readonly users: InternalHttp;
  readonly credits: InternalHttp;
  readonly feed: RevocationFeed;
  readonly clock: RemoteClock;
}

/** Knowledge of revocations that is older tells of an edge that hears of none, neither from Redis nor from auth; in seconds. */
const REVOCATIONS_AGE_SECONDS_MAX = 5;

/**
 * What the edge needs. Without auth it is not ready, since new callers cannot be let in; without Redis, users or
 * credits it is degraded and goes on (docs/readiness.md).
 */
export function edgeReadiness({ store, auth, users, credits, feed, clock }: ReadinessParts): ReadinessChecks {
  return {
    required: { auth: () => askReadiness(auth) },
    optional: {
      redis: () => checkWrites(store, 'edge-proxy'),
      users: () => askReadiness(users),
      credits: () => askReadiness(credits),
      revocations: async () => {
        if (feed.ageSeconds > REVOCATIONS_AGE_SECONDS_MAX) throw new Error('revocations are not heard');
      },
      clock: async () => clock.check(),
    },
  };
}

/** What a service says of itself: that it runs says nothing of its database. Rejects where it is not ready. */
async function askReadiness(service: InternalHttp): Promise<unknown> {
  const { status, body } = await service.call('/health/ready', undefined, {
    requestId: 'readiness',
    traceparent: undefined,
  });
  if (status !== 200) throw new Error(`readiness answered ${status}`);
  return typeof body === 'object' && body !== null && 'status' in body ? body.status : undefined;
}
