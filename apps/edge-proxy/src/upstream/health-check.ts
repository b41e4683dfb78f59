import { Client } from 'undici';
import type { Logger } from '@turnpike/service-kit';
import type { Target, Upstream } from './upstream.ts';

/**
 * Asks every address of an upstream with a health check regularly whether it works; one that does not is used only
 * while no other does. Returns a function that stops.
 */
export function startHealthChecks(upstream: Upstream, logger: Logger): () => void {
  const { healthCheck, name } = upstream.definition;
  // With one address there is nothing to choose, so nothing to learn.
  if (healthCheck === undefined || upstream.targets.length < 2) return () => {};
  // On connections of their own: that all those for requests are taken says nothing of the upstream's health.
  const clients = new Map(upstream.targets.map((target) => [target, new Client(target.origin)]));
  const check = async ([target, client]: [Target, Client]): Promise<void> => {
    const healthy = await answers(client, healthCheck.path, healthCheck.timeoutMs);
    if (healthy !== target.healthy) logger.warn({ upstream: name, healthy }, 'upstream address changed its health');
    target.healthy = healthy;
  };
  const timer = setInterval(() => void Promise.all([...clients].map(check)), healthCheck.intervalMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    for (const client of clients.values()) void client.destroy();
  };
}

async function answers(client: Client, path: string, timeoutMs: number): Promise<boolean> {
  try {
    const { statusCode, body } = await client.request({
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
