import { Counter, Gauge } from '@prometheus-io/client';
import { PreparedHistogram, type Metrics, type Series } from '@turnpike/service-kit';
import type { Upstream } from './upstream/upstream.ts';

/** What the edge counts. Gauges read their value when they are asked. */
export interface EdgeMetrics {
  readonly authFailures: Counter;
  readonly limited: Counter;
  readonly limitBatches: Counter<'outcome'>;
  readonly upstreamFailures: Counter<'upstream' | 'kind'>;
  readonly holdsOpened: Counter;
  readonly holdsResolved: Counter<'action'>;
  readonly settlements: Counter<'outcome'>;
  readonly creditsCharged: Counter<'operation'>;
  readonly costsUnusable: Counter;
  readonly auditReports: Counter<'outcome'>;
  readonly revocations: Counter<'source'>;
  readonly reloads: Counter<'outcome'>;
  readonly recordsDropped: Counter;
  /** Counts what an exchange that has ended was refused with, and times its upstream. */
  observeExchange(exchange: EndedExchange): void;
}

/** What the metrics read of an exchange. */
export interface EndedExchange {
  readonly route: { readonly upstream: string } | undefined;
  readonly refusal: { readonly code: string } | undefined;
  /** On the clock that never steps. */
  readonly attemptMs: number | undefined;
  readonly answeredMs: number | undefined;
}

/** Upper bounds of the upstreams' histogram, in seconds. */
const UPSTREAM_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** What gauges read. */
export interface EdgeGauges {
  readonly cachedCredentials: () => number;
  /** Since the start. */
  readonly credentialLookups: () => { readonly hit: number; readonly miss: number };
  readonly liveExchanges: () => number;
  readonly keptSettlements: () => number;
  readonly waitingAuditEvents: () => number;
  readonly waitingRecordBatches: () => number;
  readonly limiterDegraded: () => number;
  /** Seconds since the edge last knew that it had heard of every revocation. */
  readonly revocationAgeSeconds: () => number;
  /** The same by the stream alone. */
  readonly revocationStreamAgeSeconds: () => number;
  readonly upstreams: () => Iterable<Upstream>;
  /** Milliseconds of the clock that never steps. */
  readonly monotonicMs: () => number;
}

/** Registers the edge's metrics. */
export function createEdgeMetrics({ registry }: Metrics): EdgeMetrics {
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name, help, labelNames, registers: [registry] });
  const refusals = counter('turnpike_edge_refusals_total', 'Requests that were refused, by error code.', ['code']);
  const upstreamDuration = new PreparedHistogram({
    name: 'turnpike_edge_upstream_duration_seconds',
    help: 'From the start of the last attempt at an upstream to the end of its answer.',
    labelNames: ['upstream'],
    buckets: UPSTREAM_BUCKETS_SECONDS,
    registers: [registry],
  });
  const ofUpstreams = new Map<string, Series>();
  const timesOf = (upstream: string): Series => {
    const known = ofUpstreams.get(upstream);
    if (known !== undefined) return known;
    const series = upstreamDuration.prepare({ upstream });
    ofUpstreams.set(upstream, series);
    return series;
  };
  return {
    observeExchange: ({ route, refusal, attemptMs, answeredMs }) => {
      if (refusal !== undefined) refusals.inc({ code: refusal.code });
      if (route !== undefined && attemptMs !== undefined && answeredMs !== undefined)
        timesOf(route.upstream).observe((answeredMs - attemptMs) / 1_000);
    },
    creditsCharged: counter(
      'turnpike_edge_credits_charged_total',
      'Credits that were charged for requests, by operation; empty where the request named an amount.',
      ['operation'],
    ),
    authFailures: counter('turnpike_edge_auth_failures_total', 'Requests with a credential that was refused.'),
    limited: counter('turnpike_edge_rate_limited_total', 'Requests refused by a rate limit.'),
    limitBatches: counter(
      'turnpike_edge_limit_batches_total',
      'Calls that decided rate limits, by who decided: the store, or this edge alone.',
      ['outcome'],
    ),
    upstreamFailures: counter(
      'turnpike_edge_upstream_failures_total',
      'Requests that an upstream sent no response to, by attempt, or for which it had no connection.',
      ['upstream', 'kind'],
    ),
    holdsOpened: counter('turnpike_edge_holds_opened_total', 'Reservations made for metered requests.'),
    holdsResolved: counter('turnpike_edge_holds_resolved_total', 'Reservations decided, by what became of them.', [
      'action',
    ]),
    settlements: counter(
      'turnpike_edge_settlements_total',
      'Settlements told to the ledger, by outcome: recorded, queued or kept for a later attempt, charged_anew (the hold was gone), refused (a return), lost (a charge).',
      ['outcome'],
    ),
    costsUnusable: counter(
      'turnpike_edge_costs_unusable_total',
      'Successful metered responses whose upstream named a cost that could not be used; the hold was charged.',
    ),
    auditReports: counter(
      'turnpike_edge_audit_reports_total',
      'Audit events of services that act for users, by outcome of the attempt to send them.',
      ['outcome'],
    ),
    revocations: counter('turnpike_edge_revocations_total', 'Revocations heard of, by way.', ['source']),
    reloads: counter('turnpike_edge_routes_reloads_total', 'Reloads of the routes file.', ['outcome']),
    recordsDropped: counter(
      'turnpike_edge_records_dropped_total',
      'Request records that were lost because Redis did not take them in time.',
    ),
  };
}

/** Registers the edge's gauges, which need the parts they read. */
export function registerGauges({ registry }: Metrics, gauges: EdgeGauges): void {
  /** Of several workers, `aggregator` says what is told: all of theirs, or that of the worst off. */
  const gauge = (name: string, help: string, read: () => number, aggregator: 'sum' | 'max' = 'sum'): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      aggregator,
      collect() {
        this.set(read());
      },
    });
  };
  gauge('turnpike_edge_cached_credentials', 'Credentials whose answer is remembered.', gauges.cachedCredentials);
  gauge('turnpike_edge_live_exchanges', 'Requests, streams and sockets under way.', gauges.liveExchanges);
  gauge(
    'turnpike_edge_kept_settlements',
    'Settlements that the ledger has not taken yet, waiting in memory; turnpike_edge_settlements_total{outcome="kept"} are not in Redis besides.',
    gauges.keptSettlements,
  );
  gauge('turnpike_edge_waiting_audit_events', 'Audit events that auth has not taken yet.', gauges.waitingAuditEvents);
  gauge(
    'turnpike_edge_waiting_record_batches',
    'Batches of request records that Redis has not taken yet.',
    gauges.waitingRecordBatches,
  );
  gauge(
    'turnpike_edge_limiter_degraded',
    '1 while this edge decides rate limits alone.',
    gauges.limiterDegraded,
    'max',
  );
  gauge(
    'turnpike_edge_revocation_knowledge_age_seconds',
    'Age of what this edge knows about revocations.',
    gauges.revocationAgeSeconds,
    'max',
  );
  gauge(
    'turnpike_edge_revocation_stream_age_seconds',
    'Age of what the revocation stream proves; past a second auth is asked instead.',
    gauges.revocationStreamAgeSeconds,
    'max',
  );
  const counted = { hit: 0, miss: 0 };
  new Counter({
    name: 'turnpike_edge_credential_lookups_total',
    help: 'Credentials looked up, by result: hit (remembered), miss (auth was asked).',
    labelNames: ['result'],
    registers: [registry],
    collect() {
      const { hit, miss } = gauges.credentialLookups();
      this.inc({ result: 'hit' }, hit - counted.hit);
      this.inc({ result: 'miss' }, miss - counted.miss);
      Object.assign(counted, { hit, miss });
    },
  });
  const upstreamGauge = (name: string, help: string, read: (upstream: Upstream) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['upstream'],
      registers: [registry],
      collect() {
        this.reset();
        for (const upstream of gauges.upstreams()) this.set({ upstream: upstream.definition.name }, read(upstream));
      },
    });
  };
  upstreamGauge(
    'turnpike_edge_upstream_breakers_open',
    'Addresses of an upstream that get no requests since their breaker is open.',
    ({ targets }) => targets.filter(({ breaker }) => breaker.state(gauges.monotonicMs()) === 'open').length,
  );
  upstreamGauge(
    'turnpike_edge_upstream_connections_in_use',
    'Connections to an upstream that carry a request or its answer.',
    (upstream) => upstream.inFlight,
  );
  upstreamGauge(
    'turnpike_edge_upstream_connections_max',
    'Connections that may be open to an upstream, over all its addresses.',
    ({ definition, targets }) => definition.connectionsMax * targets.length,
  );
  upstreamGauge(
    'turnpike_edge_upstream_waiting',
    'Requests that wait for a connection to an upstream.',
    (upstream) => upstream.waiting,
  );
}
