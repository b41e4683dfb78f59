import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Counter, Gauge, Registry } from '@prometheus-io/client';
import { z } from 'zod';
import { PreparedHistogram, type Series } from './prepared-histogram.ts';

/** Upper bounds of the request histogram's buckets, in seconds. */
const BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How often the utilisation of the event loop is noted. */
const UTILIZATION_EVERY_MS = 1_000;

/** All packages are of one version. */
const { version: VERSION } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));

export interface RequestLabels {
  readonly route: string;
  readonly method: string;
  readonly status: number;
}

export interface Metrics {
  readonly registry: Registry;
  /** Counts and times one answered request. `route` is the endpoint's id, never a raw path (unbounded labels). */
  observeRequest(labels: RequestLabels, seconds: number): void;
  /** Counts one gateway signature that was right and of another time. */
  countStaleSignature(): void;
}

/**
 * Adds what is known of the process as a whole: memory, processor time, garbage collection, event loop. Once in a process, which it measures until it ends.
 */
export function measureProcess({ registry }: Metrics): void {
  // The library's own tenth of a second costs an idle process half of its processor time.
  collectDefaultMetrics({ register: registry, eventLoopUtilizationTimeout: UTILIZATION_EVERY_MS });
}

/** A registry of its own per process context, so that several services can live in one test process without colliding. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  new Gauge({
    name: 'turnpike_build_info',
    help: '1, with the version of the program and of Node as labels.',
    labelNames: ['version', 'node'],
    registers: [registry],
    aggregator: 'max',
    collect() {
      this.set({ version: VERSION, node: process.versions.node }, 1);
    },
  });
  const requests = new PreparedHistogram({
    name: 'turnpike_http_request_duration_seconds',
    help: 'Answered HTTP requests by route, method and status.',
    labelNames: ['route', 'method', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
  const seriesOf = rememberSeries(requests);
  const staleSignatures = new Counter({
    name: 'turnpike_gateway_signatures_stale_total',
    help: "Requests answered with 503 since their gateway signature was right and of another time: the gateway's clock and ours differ.",
    registers: [registry],
  });
  return {
    registry,
    observeRequest: (labels, seconds) => seriesOf(labels).observe(seconds),
    countStaleSignature: () => staleSignatures.inc(),
  };
}

/** Finds the series of a request label by label: a key made of all three would be a new string each time. */
function rememberSeries(requests: PreparedHistogram): (labels: RequestLabels) => Series {
  const known = new Map<string, Map<string, Map<number, Series>>>();
  return ({ route, method, status }) => {
    const remembered = known.get(route)?.get(method)?.get(status);
    if (remembered !== undefined) return remembered;
    const series = requests.prepare({ route, method, status });
    const ofRoute = known.get(route) ?? new Map<string, Map<number, Series>>();
    known.set(route, ofRoute.set(method, (ofRoute.get(method) ?? new Map<number, Series>()).set(status, series)));
    return series;
  };
}
