import { ConfigError, type Logger, type Metrics } from '@turnpike/service-kit';
import { AccessLog } from './access-log.ts';
import { AuditReporter } from './audit/audit-reporter.ts';
import { createCharging } from './charging/create-charging.ts';
import type { EdgeConfig } from './config.ts';
import { Documents } from './documents/document.ts';
import { ClientAddresses } from './domain/client-address.ts';
import { corsPolicy } from './domain/cors.ts';
import { isEndedBy } from './domain/principal.ts';
import type { Edge } from './edge.ts';
import { createFoundation, type Foundation } from './foundation.ts';
import { createIdentity } from './identity/create-identity.ts';
import { createLimits, type Limits } from './limits/create-limits.ts';
import { limitsOf } from './limits/own-limits.ts';
import { registerGauges } from './metrics.ts';
import type { Neighbours } from './neighbours/connect.ts';
import { EdgeStates } from './operating/edge-states.ts';
import { operatingRoutes } from './operating/operating-routes.ts';
import { ownState } from './operating/own-state.ts';
import { EndedExchanges } from './pipeline/ended-exchanges.ts';
import type { Exchange } from './pipeline/exchange.ts';
import { ExpiryWatch } from './pipeline/expiry-watch.ts';
import { LiveExchanges } from './pipeline/live-exchanges.ts';
import { edgeReadiness, type ReadinessParts } from './readiness.ts';
import { createRecords } from './records/create-records.ts';
import { firstPartyUpstream } from './routing/first-party.ts';
import { ownRoutes } from './routing/own-routes.ts';
import { RoutesFileError } from './routing/read-routes-file.ts';
import { Routing } from './routing/routing.ts';

/** Auth is who ends access, so its answer to the very request that did (a logout, a deletion) must still arrive. */
const isAnsweredByAuth = ({ route }: Exchange): boolean => route?.upstream === firstPartyUpstream('auth');

/** Builds the edge. Throws `ConfigError` for secrets or a routes file that cannot be used. Connections open in the background. */
export function createEdge(config: EdgeConfig, logger: Logger, metrics: Metrics): Edge {
  const foundation = createFoundation(config, logger, metrics);
  const { stores, neighbours, clock, monotonicMs, now, metrics: counts } = foundation;
  const { store } = stores;
  const live = new LiveExchanges();
  const { identity, feed } = createIdentity(foundation, (notice) => {
    for (const exchange of live)
      if (isEndedBy(exchange.caller, notice) && !isAnsweredByAuth(exchange)) exchange.revoke(notice.kind);
  });
  const { limits, stop: stopLimits } = createLimits(foundation);
  const routing = createRouting(
    foundation,
    limits,
    { ...neighbours, store, feed, clock },
    {
      accepting: () => !edge.draining,
      states: () => states,
    },
  );
  const charging = createCharging(foundation, () => routing.current.table.routes);
  const audit = new AuditReporter({
    auth: neighbours.auth,
    store,
    logger,
    onOutcome: (outcome, reports) => counts.auditReports.inc({ outcome }, reports),
  });
  const accessLog = new AccessLog({
    mode: config.ACCESS_LOG,
    addresses: config.ACCESS_LOG_ADDRESSES,
    service: 'edge-proxy',
    write: (lines) => void process.stdout.write(lines),
  });
  const { records, queue } = createRecords(foundation);
  const ended = new EndedExchanges({ live, metrics, edgeMetrics: counts, accessLog, records });
  const expiryWatch = new ExpiryWatch({ live, now, monotonicMs });
  const states = new EdgeStates(
    store,
    ownState({
      version: config.SERVICE_VERSION,
      routing: () => routing,
      draining: () => edge.draining,
      live: () => live.size,
      limiterDegraded: () => limits.limiter.degraded,
      revocationsAgeSeconds: () => feed.ageSeconds,
      keptSettlements: () => charging.settlements.kept,
      signingKeys: () => identity.signatures.keyIds,
      monotonicMs,
    }),
    logger,
  );
  const edge: Edge = {
    config,
    logger,
    metrics: counts,
    ...identity,
    ...limits,
    ...charging,
    addresses: new ClientAddresses(config.TRUSTED_PROXIES, config.FORWARDING_HEADER),
    cors: corsPolicy({
      origins: config.CORS_ORIGINS,
      exposedHeaders: config.CORS_EXPOSED_HEADERS,
      allowedHeaders: config.CORS_ALLOWED_HEADERS,
    }),
    routing,
    audit,
    live,
    draining: false,
    ready: new Promise((resolve) => store.once('ready', () => resolve())),
    monotonicMs,
    now,
    finished: (exchange) => ended.add(exchange),
    idle: () => ended.idle(),
    async dispose() {
      await states.stop();
      stopLimits();
      expiryWatch.stop();
      feed.close();
      charging.prices.close();
      // Requests that are cut off here give back what they held.
      await routing.close();
      await Promise.all([charging.settlements.close(), audit.close()]);
      records?.flush();
      await queue.close();
      await neighbours.close();
      stores.disconnect();
      accessLog.flush();
    },
  };
  registerGauges(metrics, {
    cachedCredentials: () => identity.credentials.size,
    credentialLookups: () => identity.credentials.lookups,
    liveExchanges: () => live.size,
    keptSettlements: () => charging.settlements.kept,
    waitingAuditEvents: () => audit.waiting,
    waitingRecordBatches: () => queue.waiting,
    limiterDegraded: () => (limits.limiter.degraded ? 1 : 0),
    revocationAgeSeconds: () => feed.ageSeconds,
    revocationStreamAgeSeconds: () => feed.streamAgeSeconds,
    upstreams: () => routing.current.upstreams.values(),
    monotonicMs,
  });
  return edge;
}

/** The routes, with the edge's own beside them: health, which tells of the `parts`, and the documents. */
function createRouting(
  { config, logger }: Foundation,
  limits: Limits,
  parts: ReadinessParts & Neighbours,
  { accepting, states }: { readonly accepting: () => boolean; readonly states: () => EdgeStates },
): Routing {
  const documents = new Documents({ publicUrl: config.PUBLIC_URL, exposeInternal: config.EXPOSE_INTERNAL });
  const own = ownRoutes({
    service: config.SERVICE_NAME,
    version: config.SERVICE_VERSION,
    readiness: edgeReadiness(parts),
    accepting,
    limits: (exchange) => limitsOf(exchange, limits, config.RATE_LIMIT_TIERS),
    document: config.SERVE_DOCS ? () => documents.of(routing.current) : undefined,
    operating: operatingRoutes({ routing: () => routing, states, services: servicesOf(parts) }),
  });
  const routing = startRouting(config, own, logger);
  return routing;
}

/** Whom an operator's overview asks how they are. */
function servicesOf({ auth, users, credits, usage, llm }: Neighbours) {
  return { auth, users, credits, usage, llm };
}

function startRouting(...args: ConstructorParameters<typeof Routing>): Routing {
  try {
    return new Routing(...args);
  } catch (error) {
    if (error instanceof RoutesFileError)
      throw new ConfigError(`ROUTES_FILE is not usable.\n  ${error.message.replaceAll('\n', '\n  ')}`);
    throw error;
  }
}
