import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createMetricsServer,
  listen,
  loadOrExit,
  startTracing,
  stopSignal,
  type Logger,
  type Metrics,
  within,
} from '@turnpike/service-kit';
import type { EdgeConfig } from './config.ts';
import { createEdge } from './create-edge.ts';
import type { Edge } from './edge.ts';
import { RoutesFileError } from './routing/read-routes-file.ts';
import { createEdgeServer } from './server.ts';

/** How long a starting edge waits for Redis before it serves without, in milliseconds. */
const READY_TIMEOUT_MS = 2_000;

/** How long closing connections to stores and services may take, in milliseconds. */
const DISPOSE_TIMEOUT_MS = 3_000;

/** Serves until told to stop, then lets what is under way finish. `alone`: it is not one of several workers. */
export async function runWorker(config: EdgeConfig, logger: Logger, metrics: Metrics, alone: boolean): Promise<void> {
  const stopping = stopSignal();
  const stopTracing = await startTracing('edge-proxy', config, { facesStrangers: true, logger });
  const edge = loadOrExit(() => createEdge(config, logger, metrics));
  process.on('SIGHUP', () => reload(edge));
  await within(edge.ready, READY_TIMEOUT_MS);
  edge.prices.start();
  const server = createEdgeServer(edge);
  const url = await listen(server, config.EDGE_PORT, config.HOST);
  const metricsServer = alone ? await startMetrics(config, metrics, logger) : undefined;
  logger.info({ url }, alone ? 'listening' : 'worker listening');
  const reason = await stopping;
  logger.info({ reason, live: edge.live.size }, 'stopping');
  await drain(edge, server);
  metricsServer?.close();
  // Stores that are down would keep their connections' last words waiting forever.
  await within(Promise.all([edge.dispose(), stopTracing()]), DISPOSE_TIMEOUT_MS);
  logger.info('stopped');
}

/** A routes file with a fault is refused with its lines named, and the old routes stay in force. */
function reload(edge: Edge): void {
  try {
    edge.routing.reload();
    edge.prices.start();
    edge.metrics.reloads.inc({ outcome: 'taken' });
    edge.logger.info({ file: edge.config.ROUTES_FILE }, 'routes file reloaded');
  } catch (error) {
    if (!(error instanceof RoutesFileError)) throw error;
    edge.metrics.reloads.inc({ outcome: 'refused' });
    edge.logger.error(
      { file: edge.config.ROUTES_FILE, faults: error.message.split('\n') },
      'routes file refused; the old one stays in force',
    );
  }
}

/**
 * Serves on for a while, not ready any more, and asks clients to leave; then takes no new connections, and waits for requests, streams and
 * sockets. What is left then is cut.
 */
async function drain(edge: Edge, server: Server): Promise<void> {
  edge.draining = true;
  await sleep(edge.config.SHUTDOWN_DRAIN_MS);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await within(edge.idle(), edge.config.SHUTDOWN_TIMEOUT_MS);
  for (const exchange of edge.live) {
    exchange.cutByShutdown = true;
    exchange.request.socket.destroy();
  }
  server.closeAllConnections();
  await closed;
}

async function startMetrics(config: EdgeConfig, { registry }: Metrics, logger: Logger): Promise<Server | undefined> {
  if (config.METRICS_PORT === undefined) return undefined;
  const server = createMetricsServer({ contentType: registry.contentType, read: () => registry.metrics() });
  logger.info({ url: await listen(server, config.METRICS_PORT, config.HOST) }, 'metrics');
  return server;
}
