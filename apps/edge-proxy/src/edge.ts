import type { Logger, ServiceKeys } from '@turnpike/service-kit';
import type { AuditReporter } from './audit/audit-reporter.ts';
import type { HoldTools } from './charging/hold.ts';
import type { IdempotencyStore } from './charging/idempotency-store.ts';
import type { PriceCheck } from './charging/price-check.ts';
import type { Settlements } from './charging/settlements.ts';
import type { EdgeConfig } from './config.ts';
import type { ClientAddresses } from './domain/client-address.ts';
import type { CorsPolicy } from './domain/cors.ts';
import type { CredentialCache } from './identity/credential-cache.ts';
import type { RevokedIds } from './identity/revoked-ids.ts';
import type { TokenSignatures } from './identity/token-signatures.ts';
import type { Attempts } from './limits/attempts.ts';
import type { Limiter } from './limits/limiter.ts';
import type { Plans } from './limits/plans.ts';
import type { EdgeMetrics } from './metrics.ts';
import type { InternalHttp } from './neighbours/internal-http.ts';
import type { Ledger } from './neighbours/ledger.ts';
import type { Exchange } from './pipeline/exchange.ts';
import type { LiveExchanges } from './pipeline/live-exchanges.ts';
import type { Routing } from './routing/routing.ts';

/** Everything the stages work with; made once per process. */
export interface Edge {
  readonly config: EdgeConfig;
  readonly logger: Logger;
  readonly metrics: EdgeMetrics;
  readonly addresses: ClientAddresses;
  readonly cors: CorsPolicy;
  readonly routing: Routing;
  readonly plans: Plans;
  /** Attempts with credentials that nobody has vouched for yet. */
  readonly attempts: Attempts;
  readonly limiter: Limiter;
  readonly credentials: CredentialCache;
  readonly signatures: TokenSignatures;
  readonly revoked: RevokedIds;
  readonly auth: InternalHttp;
  readonly users: InternalHttp;
  readonly ledger: Ledger;
  readonly prices: PriceCheck;
  readonly settlements: Settlements;
  readonly holds: HoldTools;
  readonly idempotency: IdempotencyStore;
  readonly serviceKeys: ServiceKeys;
  readonly adminKeys: readonly string[];
  /** Requests, streams and sockets under way. */
  readonly live: LiveExchanges;
  draining: boolean;
  /** Milliseconds of a clock that never steps: for ages, order and pauses. */
  readonly monotonicMs: () => number;
  /** Epoch milliseconds. Of a clock that does not step either, but is set. */
  readonly now: () => number;
  /** What services do in the name of users, on its way to the audit trail. */
  readonly audit: AuditReporter;
  /** Records the end of an exchange, whose status is what its client was answered, or 499 where it was not. */
  readonly finished: (exchange: Exchange) => void;
  /** Resolves when the store of limits can be asked. */
  readonly ready: Promise<void>;
  /** Resolves when nothing is under way any more. */
  readonly idle: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}
