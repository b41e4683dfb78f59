import cluster, { type Worker } from 'node:cluster';
import { ClusterRegistry, prometheusContentType } from '@prometheus-io/client';
import { createMetricsServer, listen, stopSignal, type Logger } from '@turnpike/service-kit';
import type { EdgeConfig } from './config.ts';

/** A worker that dies is replaced after this pause, in milliseconds, so that one that cannot start does not spin. */
const REPLACE_AFTER_MS = 500;
/** Exit code of a worker whose configuration is not usable: another one would fail the same. */
const EXIT_CONFIG = 78;

/**
 * Runs several edge processes that share one port and the options Node was started with, passes signals on, and
 * replaces one that dies. Returns when all have stopped.
 */
export async function runPrimary(config: EdgeConfig, logger: Logger): Promise<void> {
  const stopping = stopSignal();
  const workers = new Set<Worker>();
  let stopped = false;
  const start = (): void => {
    const worker = cluster.fork();
    workers.add(worker);
    worker.once('exit', (code) => {
      workers.delete(worker);
      if (stopped) return;
      if (code === EXIT_CONFIG) process.exit(EXIT_CONFIG);
      logger.error({ code, pid: worker.process.pid }, 'a worker ended and is replaced');
      setTimeout(start, REPLACE_AFTER_MS);
    });
  };
  for (let index = 0; index < config.EDGE_WORKERS; index += 1) start();
  const url = await allListening(config);
  process.on('SIGHUP', () => {
    for (const worker of workers) worker.process.kill('SIGHUP');
  });
  const metrics = new ClusterRegistry();
  const metricsServer = createMetricsServer({
    contentType: prometheusContentType,
    read: () => metrics.clusterMetrics(),
  });
  if (config.METRICS_PORT !== undefined)
    logger.info({ url: await listen(metricsServer, config.METRICS_PORT, config.HOST) }, 'metrics');
  logger.info({ url, workers: workers.size }, 'listening');
  logger.info({ reason: await stopping }, 'stopping');
  stopped = true;
  metricsServer.close();
  await Promise.all(
    [...workers].map(
      (worker) =>
        new Promise<void>((resolve) => {
          worker.once('exit', () => resolve());
          worker.process.kill('SIGTERM');
        }),
    ),
  );
  logger.info('stopped');
}

/** Resolves with the URL when every worker accepts connections. */
function allListening(config: EdgeConfig): Promise<string> {
  return new Promise((resolve) => {
    let listening = 0;
    cluster.on('listening', (_worker, { port }) => {
      listening += 1;
      if (listening === config.EDGE_WORKERS)
        resolve(`http://${config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST}:${port}`);
    });
  });
}
