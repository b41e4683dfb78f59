import {
  ConfigError,
  exposeClockSkew,
  RemoteClock,
  loadServiceKeys,
  type Logger,
  type Metrics,
} from '@turnpike/service-kit';
import { AccessLog } from './access-log.ts';
import { AuditReporter } from './audit/audit-reporter.ts';
import { IdempotencyStore } from './charging/idempotency-store.ts';
import { PriceCheck } from './charging/price-check.ts';
import { Settlements, type SettlementOutcome } from './charging/settlements.ts';
import { hs256Secret, type EdgeConfig } from './config.ts';
import { Documents } from './documents/document.ts';
import { ClientAddresses } from './domain/client-address.ts';
import { corsPolicy } from './domain/cors.ts';
import { isEndedBy } from './domain/principal.ts';
import { Tiers } from './domain/tiers.ts';
import type { Edge } from './edge.ts';
import { CredentialCache } from './identity/credential-cache.ts';
import { RevocationFeed } from './identity/revocation-feed.ts';
import { RevokedIds } from './identity/revoked-ids.ts';
import { TokenSignatures } from './identity/token-signatures.ts';
import { Attempts } from './limits/attempts.ts';
import { EdgeCount } from './limits/edge-count.ts';
import { Limiter } from './limits/limiter.ts';
import { Plans } from './limits/plans.ts';
import { createEdgeMetrics, registerGauges } from './metrics.ts';
import { USERS_LAG_MS } from './neighbours/acted-for.ts';
import { InternalHttp } from './neighbours/internal-http.ts';
import { askKeys } from './neighbours/introspection.ts';
import { Ledger } from './neighbours/ledger.ts';
import type { Exchange } from './pipeline/exchange.ts';
import { ExpiryWatch } from './pipeline/expiry-watch.ts';
import { LiveExchanges } from './pipeline/live-exchanges.ts';
import { edgeReadiness } from './readiness.ts';
import { firstPartyUpstream } from './routing/first-party.ts';
import { ownRoutes } from './routing/own-routes.ts';
import { RoutesFileError } from './routing/read-routes-file.ts';
import { Routing } from './routing/routing.ts';
import { openPatientStore, openStore, openWaitingStore } from './stores/redis.ts';

const CONNECTIONS_MAX = 128;
/** What the log and the metrics say of an answer that nobody stayed for, as nginx does. */
const CLIENT_LEFT_STATUS = 499;

/** Auth is who ends access, so its answer to the very request that did (a logout, a deletion) must still arrive. */
const isAnsweredByAuth = ({ route }: Exchange): boolean => route?.upstream === firstPartyUpstream('auth');

/** Builds the edge. Throws `ConfigError` for secrets or a routes file that cannot be used. Connections open in the background. */
export function createEdge(config: EdgeConfig, logger: Logger, metrics: Metrics): Edge {
  const monotonicMs = (): number => performance.now();
  // The clock by which auth writes the times in tokens.
  const clock = new RemoteClock();
  const now = (): number => clock.nowMs();
  exposeClockSkew(clock, metrics);
  const counts = createEdgeMetrics(metrics);
  const tiers = new Tiers(config.RATE_LIMIT_TIERS, (tier) =>
    logger.error({ tier }, 'users have a tier that RATE_LIMIT_TIERS does not name; they are limited as free'),
  );
  const stores = { url: config.REDIS_URL, cluster: config.REDIS_CLUSTER, logger };
  const store = openStore(stores);
  const patientStore = openPatientStore(stores);
  const [serviceKey] = config.SERVICE_API_KEY;
  const neighbour = (service: string, origin: string, timeoutMs: number): InternalHttp =>
    new InternalHttp({ service, origin, serviceKey, timeoutMs, connectionsMax: CONNECTIONS_MAX });
  const auth = neighbour('auth', config.AUTH_URL, config.AUTH_TIMEOUT_MS);
  const credits = neighbour('credits', config.CREDITS_URL, config.CREDITS_TIMEOUT_MS);
  const users = neighbour('users', config.USERS_URL, config.AUTH_TIMEOUT_MS);
  const ledger = new Ledger(credits);
  const onOutcome = (outcome: SettlementOutcome): void => counts.settlements.inc({ outcome });
  const settlements = new Settlements({ ledger, store, patientStore, logger, onOutcome });
  const audit = new AuditReporter({
    auth,
    store,
    logger,
    onOutcome: (outcome, reports) => counts.auditReports.inc({ outcome }, reports),
  });
  const edgeCount = new EdgeCount(store);
  const onBatch = (_requests: number, outcome: 'store' | 'local', err?: unknown): void => {
    counts.limitBatches.inc({ outcome });
    if (err !== undefined) logger.warn({ err }, 'rate limits are decided by this edge alone');
  };
  const limiter = new Limiter({
    store,
    cluster: config.REDIS_CLUSTER,
    timeoutMs: config.REDIS_TIMEOUT_MS,
    edges: () => edgeCount.edges,
    monotonicMs,
    now,
    onBatch,
  });
  const ttlMs = config.CREDENTIAL_CACHE_SECONDS * 1_000;
  const revoked = new RevokedIds(Math.max(ttlMs, USERS_LAG_MS) + config.AUTH_TIMEOUT_MS * 2, monotonicMs);
  const credentials = new CredentialCache({
    ttlMs,
    entriesMax: config.CREDENTIAL_CACHE_ENTRIES,
    revoked,
    monotonicMs,
    now,
  });
  const accessLog = new AccessLog(config.ACCESS_LOG, (text) => void process.stdout.write(text));
  const live = new LiveExchanges();
  const expiryWatch = new ExpiryWatch({ live, now, monotonicMs });
  let onEnd: (() => void) | undefined;
  const feedStore = openWaitingStore(stores);
  const feed = new RevocationFeed({
    store: feedStore,
    auth,
    pollMs: config.REVOCATION_POLL_MS,
    logger,
    clock,
    monotonicMs,
    onRevocation: (notice, source) => {
      counts.revocations.inc({ source });
      revoked.add(notice);
      if (notice.kind !== 'unknown') credentials.forget(notice.id);
      for (const exchange of live)
        if (isEndedBy(exchange.caller, notice) && !isAnsweredByAuth(exchange)) exchange.revoke(notice.kind);
    },
  });
  const documents = new Documents({ publicUrl: config.PUBLIC_URL, exposeInternal: config.EXPOSE_INTERNAL });
  const own = ownRoutes({
    service: config.SERVICE_NAME,
    version: config.SERVICE_VERSION,
    readiness: edgeReadiness({ store, auth, users, credits, feed, clock }),
    accepting: () => !edge.draining,
    document: config.SERVE_DOCS ? () => documents.of(routing.current) : undefined,
  });
  const routing = startRouting(config, own, logger);
  const prices = new PriceCheck({ credits, routes: () => routing.current.table.routes, logger });
  const edge: Edge = {
    config,
    logger,
    metrics: counts,
    addresses: new ClientAddresses(config.TRUSTED_PROXIES, config.FORWARDING_HEADER),
    cors: corsPolicy({
      origins: config.CORS_ORIGINS,
      exposedHeaders: config.CORS_EXPOSED_HEADERS,
      allowedHeaders: config.CORS_ALLOWED_HEADERS,
    }),
    routing,
    plans: new Plans(tiers, monotonicMs),
    attempts: new Attempts(),
    limiter,
    credentials,
    signatures: new TokenSignatures({ fetchKeys: () => askKeys(auth), secret: hs256Secret(config), monotonicMs }),
    revoked,
    auth,
    users,
    ledger,
    prices,
    settlements,
    audit,
    holds: {
      ledger,
      settlements,
      ttlSeconds: config.HOLD_TTL_SECONDS,
      logger,
      onOpen: () => counts.holdsOpened.inc(),
      onResolve: (action) => counts.holdsResolved.inc({ action }),
    },
    idempotency: new IdempotencyStore({
      store,
      leaseMs: config.HOLD_TTL_SECONDS * 1_000,
      bytesPerUserMax: config.IDEMPOTENCY_BYTES_PER_USER,
    }),
    serviceKeys: loadServiceKeys(config),
    adminKeys: config.ADMIN_API_KEY,
    live,
    draining: false,
    ready: new Promise((resolve) => store.once('ready', () => resolve())),
    monotonicMs,
    now,
    finished(exchange) {
      if (live.has(exchange)) exchange.upstream?.leave();
      live.delete(exchange);
      exchange.share?.leave();
      exchange.share = undefined;
      exchange.unproven?.leave();
      exchange.unproven = undefined;
      onEnd?.();
      const { response, upgraded } = exchange;
      const status = upgraded ? 101 : response.writableFinished ? response.statusCode : CLIENT_LEFT_STATUS;
      const durationMs = performance.now() - exchange.startedMs;
      metrics.observeRequest(
        { route: exchange.route?.id ?? 'none', method: exchange.request.method ?? '', status },
        durationMs / 1_000,
      );
      accessLog.add(exchange, status, durationMs, Date.now());
    },
    async idle() {
      while (live.size > 0) await new Promise<void>((resolve) => (onEnd = resolve));
    },
    async dispose() {
      edgeCount.stop();
      expiryWatch.stop();
      feed.close();
      prices.close();
      // Requests that are cut off here give back what they held.
      await routing.close();
      await Promise.all([settlements.close(), audit.close()]);
      await Promise.all([auth.close(), credits.close(), users.close()]);
      store.disconnect();
      patientStore.disconnect();
      feedStore.disconnect();
      accessLog.flush();
    },
  };
  registerGauges(metrics, {
    cachedCredentials: () => credentials.size,
    liveExchanges: () => live.size,
    keptSettlements: () => settlements.kept,
    waitingAuditEvents: () => audit.waiting,
    limiterDegraded: () => (limiter.degraded ? 1 : 0),
    revocationAgeSeconds: () => feed.ageSeconds,
    revocationStreamAgeSeconds: () => feed.streamAgeSeconds,
    upstreams: () => routing.current.upstreams.values(),
  });
  return edge;
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
