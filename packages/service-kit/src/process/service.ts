import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMetricsServer } from '../http/metrics-server.ts';
import { startTracing, type TracingConfig } from '../tracing/tracing.ts';
import { ConfigError } from './config.ts';
import { createLogger, type Logger } from './logger.ts';
import { createMetrics, measureProcess, type Metrics } from './metrics.ts';

/** Exit code of a process whose configuration is not usable (EX_CONFIG of sysexits.h). */
const EXIT_CONFIG = 78;

/** How long a stopping service may take to close its stores and queues after the last request, in milliseconds. */
const DISPOSE_TIMEOUT_MS = 5_000;

/** What balancers and orchestrators ask. */
const HEALTH = /^\/health(?:\/ready)?(?:\?|$)/;

/** Settings that running a service needs; see `commonSettings`. */
interface RunnableConfig extends TracingConfig {
  readonly LOG_LEVEL: string;
  readonly HOST: string;
  readonly SHUTDOWN_DRAIN_MS: number;
  readonly SHUTDOWN_TIMEOUT_MS: number;
}

/** What a process brings along for its service. */
export interface ServiceTools {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A service made ready to listen. */
export interface PreparedService {
  readonly handler: RequestListener;
  /** 0 for a free port. */
  readonly port: number;
  /** How long a caller may take for a whole request, in milliseconds; 30,000 unless told. */
  readonly requestTimeoutMs?: number;
  /** A second listener with `/metrics`, for a service whose own port is open to the public; none where it is `undefined`. */
  readonly metricsPort?: number | undefined;
  /** Releases everything the service opened; called once, after the last request. */
  readonly dispose: () => Promise<void>;
}

export interface RunOptions<C extends RunnableConfig> {
  readonly service: string;
  readonly load: () => C;
  readonly prepare: (config: C, tools: ServiceTools) => Promise<PreparedService>;
}

/**
 * The life of a service process: load the configuration, prepare, listen, wait for SIGTERM, SIGINT or the end of the supervising parent,
 * serve on for `SHUTDOWN_DRAIN_MS` while callers leave, let open requests finish within `SHUTDOWN_TIMEOUT_MS`, dispose, exit. Writes one line
 * with `"msg":"listening"` and the `url`.
 */
export async function runService<C extends RunnableConfig>({ service, load, prepare }: RunOptions<C>): Promise<void> {
  const config = loadOrExit(load);
  const logger = createLogger(service, config.LOG_LEVEL);
  exitOnUnexpected(logger);
  const stopping = stopSignal();
  const stopTracing = await startTracing(service, config, { logger });
  const metrics = createMetrics(service);
  measureProcess(metrics);
  const prepared = await prepare(config, { logger, metrics }).catch(exitOnConfigError);
  let draining = false;
  const server = createServer(
    { requestTimeout: prepared.requestTimeoutMs ?? 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 },
    (request, response) => {
      if (draining) response.shouldKeepAlive = false;
      if (draining && HEALTH.test(request.url ?? '')) sayStopping(response, service, config.SERVICE_VERSION);
      else prepared.handler(request, response);
    },
  );
  const url = await listen(server, prepared.port, config.HOST);
  const metricsServer = await startMetricsServer(prepared.metricsPort, config.HOST, { logger, metrics });
  logger.info({ url }, 'listening');
  const reason = await stopping;
  logger.info({ reason }, 'stopping');
  endAnyway(logger, config.SHUTDOWN_DRAIN_MS + config.SHUTDOWN_TIMEOUT_MS + DISPOSE_TIMEOUT_MS);
  draining = true;
  await sleep(config.SHUTDOWN_DRAIN_MS);
  await closeServer(server, config.SHUTDOWN_TIMEOUT_MS);
  metricsServer?.close();
  await prepared.dispose();
  await stopTracing();
  logger.info('stopped');
  process.exit(0);
}

function sayStopping(response: ServerResponse, service: string, version: string): void {
  response.writeHead(503, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify({ status: 'stopping', service, version }));
}

async function startMetricsServer(
  port: number | undefined,
  host: string,
  { logger, metrics: { registry } }: ServiceTools,
): Promise<Server | undefined> {
  if (port === undefined) return undefined;
  const server = createMetricsServer({ contentType: registry.contentType, read: () => registry.metrics() });
  logger.info({ url: await listen(server, port, host) }, 'metrics');
  return server;
}

/** A client of a store that is down may wait for it forever; a process that was told to stop must not. */
function endAnyway(logger: Logger, afterMs: number): void {
  const end = (): never => {
    logger.error({ afterMs }, 'stopped before everything was closed');
    process.exit(1);
  };
  setTimeout(end, afterMs).unref();
}

/** Runs `load`; a broken configuration is printed as it is, without a stack, and ends the process with 78. */
export function loadOrExit<C>(load: () => C): C {
  try {
    return load();
  } catch (error) {
    return exitOnConfigError(error);
  }
}

function exitOnConfigError(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(EXIT_CONFIG);
}

/** An error that nobody caught leaves unknown state behind: say so and let the supervisor start a fresh process. */
export function exitOnUnexpected(logger: Logger): void {
  const fatal = (err: unknown): void => {
    logger.fatal({ err }, 'unexpected error');
    process.exit(1);
  };
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
}

/** Resolves with the first reason to stop. A supervised child also stops when its parent's IPC channel closes. */
export function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
    if (process.channel) {
      process.once('disconnect', () => resolve('parent ended'));
      process.channel.unref();
    }
  });
}

/** Starts listening; returns the URL. Rejects when the port is taken. */
export async function listen(server: Server, port: number, host: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

/** Stops accepting, lets open requests finish, and cuts what is left after the time limit. */
export async function closeServer(server: Server, timeoutMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(cut);
}
