import type { Logger } from '@turnpike/service-kit';
import type { Target, Upstream } from './upstream.ts';

/**
 * Asks every address of an upstream regularly whether it works, where the upstream has a health check. An address that does not is used
 * only while no other one works. Gives a function that stops.
 */
export function startHealthChecks(upstream: Upstream, logger: Logger): () => void {
  const { healthCheck, name } = upstream.definition;
  // With one address there is nothing to choose, so nothing to learn.
  if (healthCheck === undefined || upstream.targets.length < 2) return () => {};
  const check = async (target: Target): Promise<void> => {
    const healthy = await answers(target, healthCheck.path, healthCheck.timeoutMs);
    if (healthy !== target.healthy) logger.warn({ upstream: name, healthy }, 'upstream address changed its health');
    target.healthy = healthy;
  };
  const timer = setInterval(() => void Promise.all(upstream.targets.map(check)), healthCheck.intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function answers(target: Target, path: string, timeoutMs: number): Promise<boolean> {
  try {
    const { statusCode, body } = await target.pool.request({
      path,
      method: 'GET',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await body.dump();
    return statusCode < 400;
  } catch {
    return false;
  }
}
