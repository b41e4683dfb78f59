import type { Express } from 'express';
import type { Metrics } from './metrics.ts';
import { refuseMethod } from './refuse-method.ts';

/** Named dependencies and how to ask each whether it works; a check throws when it does not. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<unknown>>>;

/** How long a dependency may take to answer before it counts as down, in milliseconds. */
const READINESS_TIMEOUT_MS = 2_000;

export interface HealthOptions {
  readonly service: string;
  readonly version: string;
  readonly readiness: ReadinessChecks;
  readonly metrics: Metrics;
}

/**
 * `GET /health` (alive), `GET /health/ready` (dependencies; 503 when one is down) and `GET /metrics` (Prometheus text). They need no key:
 * the edge does not route `/metrics` and `/health/ready` of inner services to the public.
 */
export function addHealthRoutes(app: Express, { service, version, readiness, metrics }: HealthOptions): void {
  app.get('/health', (_request, response) => {
    response.json({ status: 'healthy', service, version });
  });
  app.get('/health/ready', async (_request, response) => {
    const checks = await checkReadiness(readiness);
    const ready = Object.values(checks).every((state) => state === 'up');
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not_ready', service, version, checks });
  });
  app.get('/metrics', async (_request, response) => {
    response.setHeader('Content-Type', metrics.registry.contentType);
    response.end(await metrics.registry.metrics());
  });
  app.all(['/health', '/health/ready', '/metrics'], (_request, response) => refuseMethod(response, ['GET', 'HEAD']));
}

/** Asks every dependency at once, each within the time limit. Says `up` or `down`, never why: that is for the log. */
export async function checkReadiness(readiness: ReadinessChecks): Promise<Record<string, 'up' | 'down'>> {
  const states = await Promise.all(
    Object.entries(readiness).map(async ([name, check]) => {
      const timeout = AbortSignal.timeout(READINESS_TIMEOUT_MS);
      const late = new Promise<never>((_resolve, reject) => {
        timeout.addEventListener('abort', () => reject(new Error('timed out')), { once: true });
      });
      try {
        await Promise.race([check(), late]);
        return [name, 'up'] as const;
      } catch {
        return [name, 'down'] as const;
      }
    }),
  );
  return Object.fromEntries(states);
}
