import type { AuditReporter } from './audit/audit-reporter.ts';
import type { Charging } from './charging/create-charging.ts';
import type { ClientAddresses } from './domain/client-address.ts';
import type { CorsPolicy } from './domain/cors.ts';
import type { Foundation } from './foundation.ts';
import type { Identity } from './identity/create-identity.ts';
import type { Limits } from './limits/create-limits.ts';
import type { Exchange } from './pipeline/exchange.ts';
import type { LiveExchanges } from './pipeline/live-exchanges.ts';
import type { Routing } from './routing/routing.ts';

/** What the stages work with; made once per process. Each takes no more of it than its signature says. */
export interface Edge
  extends Identity, Limits, Charging, Pick<Foundation, 'config' | 'logger' | 'metrics' | 'monotonicMs' | 'now'> {
  readonly addresses: ClientAddresses;
  readonly cors: CorsPolicy;
  readonly routing: Routing;
  /** What services do in the name of users, on its way to the audit trail. */
  readonly audit: AuditReporter;
  /** Requests, streams and sockets under way. */
  readonly live: LiveExchanges;
  draining: boolean;
  /** Records the end of an exchange, whose status is what its client was answered, or 499 where it was not. */
  readonly finished: (exchange: Exchange) => void;
  /** Resolves when the store of limits can be asked. */
  readonly ready: Promise<void>;
  /** Resolves when nothing is under way any more. */
  readonly idle: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}
