import type { Express } from 'express';
import { deadline } from '../process/deadline.ts';
import type { Metrics } from '../process/metrics.ts';
import { refuseMethod } from './refuse-method.ts';

/** Named dependencies and how to ask each whether it works; a check throws when it does not, and may answer that it works in part. */
type Checks = Readonly<Record<string, () => Promise<unknown>>>;

/** What a process needs. */
export interface ReadinessChecks {
  /** Without one of these hardly a request can be answered. */
  readonly required: Checks;
  /** Without these the process goes on, with less. */
  readonly optional?: Checks;
}

/**
 * `ready`: everything works. `degraded`: something does not, and requests are answered all the same, so nobody may take the process out of
 * rotation for it. `not_ready`: hardly a request can be answered.
 */
export interface Readiness {
  readonly status: 'ready' | 'degraded' | 'not_ready';
  readonly checks: Readonly<Record<string, 'up' | 'degraded' | 'down'>>;
}

/** How long a dependency may take to answer before it counts as down, in milliseconds. */
const READINESS_TIMEOUT_MS = 2_000;
/** How long an answer is remembered, in milliseconds: asking often must not become work for the dependencies. */
const REMEMBERED_MS = 1_000;

export interface HealthOptions {
  readonly service: string;
  readonly version: string;
  readonly readiness: ReadinessChecks;
  /** What `GET /metrics` shows; left out where the port is open to the public. */
  readonly metrics?: Metrics;
}

/**
 * `GET /health` (alive), `GET /health/ready` (dependencies; 503 when a required one is down) and `GET /metrics` (Prometheus text). They need
 * no key: the edge does not route `/metrics` and `/health/ready` of inner services to the public.
 */
export function addHealthRoutes(app: Express, { service, version, readiness, metrics }: HealthOptions): void {
  const checkReadiness = readinessOf(readiness);
  app.get('/health', (_request, response) => {
    response.json({ status: 'healthy', service, version });
  });
  app.get('/health/ready', async (_request, response) => {
    const { status, checks } = await checkReadiness();
    response.status(status === 'not_ready' ? 503 : 200).json({ status, service, version, checks });
  });
  if (metrics !== undefined)
    app.get('/metrics', async (_request, response) => {
      response.setHeader('Content-Type', metrics.registry.contentType);
      response.end(await metrics.registry.metrics());
    });
  const paths = ['/health', '/health/ready', ...(metrics === undefined ? [] : ['/metrics'])];
  app.all(paths, (_request, response) => refuseMethod(response, ['GET', 'HEAD']));
}

/** Asks every dependency at once, each within the time limit, at most once a second however many ask. Says never why: that is for the log. */
export function readinessOf({ required, optional = {} }: ReadinessChecks): () => Promise<Readiness> {
  let latest: Promise<Readiness> | undefined;
  /** When the latest answer was complete; infinite while it is not, so that everybody waits for that one. */
  let knownAtMs = Number.POSITIVE_INFINITY;

  async function ask(): Promise<Readiness> {
    const states = await Promise.all(
      Object.entries({ ...required, ...optional }).map(async ([name, check]) => [name, await stateOf(check)] as const),
    );
    knownAtMs = performance.now();
    const status = states.some(([name, state]) => state === 'down' && name in required)
      ? 'not_ready'
      : states.some(([, state]) => state !== 'up')
        ? 'degraded'
        : 'ready';
    return { status, checks: Object.fromEntries(states) };
  }

  return () => {
    if (latest === undefined || performance.now() - knownAtMs >= REMEMBERED_MS) {
      knownAtMs = Number.POSITIVE_INFINITY;
      latest = ask();
    }
    return latest;
  };
}

async function stateOf(check: () => Promise<unknown>): Promise<'up' | 'degraded' | 'down'> {
  try {
    const answer = await deadline(check(), READINESS_TIMEOUT_MS, 'the check');
    return answer === 'degraded' ? 'degraded' : 'up';
  } catch {
    return 'down';
  }
}
