import { rm } from 'node:fs/promises';
import { EarlierDatabaseError, migrateAllServices } from '@turnpike/migrate';
import { readStackConfig } from './config.ts';
import type { PortVariable, StackConfig } from './config.ts';
import { createDataDir, dataDirAt, freshLog, logFileOf, usingDataDir } from './data-dir.ts';
import type { DataDir } from './data-dir.ts';
import { takeLock } from './lock.ts';
import { LogFile } from './logs/log-file.ts';
import type { LogEvent } from './logs/log-file.ts';
import { rotateWhileWritten } from './logs/rotate.ts';
import { startInbox } from './mail/inbox.ts';
import { freePort } from './process/free-port.ts';
import { abortable, untilGivenUp } from './process/giving-up.ts';
import { settlePorts } from './process/ports.ts';
import { supervise } from './process/supervisor.ts';
import type { Supervised, SupervisionEvent } from './process/supervisor.ts';
import { silentProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { loadSecrets } from './secrets.ts';
import { buildConsole } from './services/build-console.ts';
import { serviceDatabaseUrls, serviceEnvironment } from './services/environment.ts';
import { consoleService, serviceRows } from './services/services.ts';
import type { ServiceSpec } from './services/services.ts';
import { startService } from './services/start-service.ts';
import type { HowToRun } from './services/start-service.ts';
import { errorMessage, StackError } from './stack-error.ts';
import { writeStackInfo } from './stack-info.ts';
import type { StackInfo } from './stack-info.ts';
import { readyPostgres, readyRedis } from './stores/own-or-given.ts';

/** How to start a stack. */
export interface StackOptions {
  /** The environment that decides everything: `DATA_DIR`, ports, URLs, secrets, settings of the services. */
  readonly environment: NodeJS.ProcessEnv;
  readonly progress?: Progress;
  /** What Node runs for the `main.ts` of a service. Default: that file. */
  readonly programOf?: (entry: string) => Promise<string>;
  /** Options of Node for every service, before the service's own. */
  readonly nodeFlags?: readonly string[];
  /** Aborted: the start ends after the step under way, everything is stopped, and an `AbortError` is thrown. */
  readonly signal?: AbortSignal;
}

/** A stack that runs. */
export interface Stack {
  readonly info: StackInfo;
  readonly dataDir: string;
  /** The processes under supervision by name (`auth`, `postgres`, …); an id is undefined while one is restarting. */
  readonly processes: () => Record<string, number | undefined>;
  /** Ends everything that was started, the edge first and the stores last. */
  readonly stop: () => Promise<void>;
}

type Disposer = () => Promise<void> | void;

/**
 * Starts everything on this machine and resolves when the edge answers. What fails on the way is thrown after all that
 * was started before it has ended; a `StackError` explains itself in one sentence.
 */
export async function startStack({
  environment,
  progress = silentProgress,
  programOf = async (entry) => await Promise.resolve(entry),
  nodeFlags = [],
  signal,
}: StackOptions): Promise<Stack> {
  const config = readStackConfig(environment);
  const dataDir = dataDirAt(config.dataDir);
  const disposers: Disposer[] = [];
  let stopped = false;
  const stop = async (): Promise<void> => {
    stopped = true;
    for (const dispose of disposers.splice(0).reverse()) await dispose();
  };
  const onStop = (dispose: Disposer): void => {
    disposers.push(dispose);
    // Of a start that was given up: what comes up late ends at once.
    if (stopped) void stop();
  };
  try {
    const starting = startAll(config, dataDir, { programOf, nodeFlags }, abortable(progress, signal), onStop);
    const { info, supervised } = await untilGivenUp(starting, signal);
    const processes = (): Record<string, number | undefined> =>
      Object.fromEntries(supervised.map(({ name, pid }) => [name, pid()]));
    return { info, dataDir: dataDir.root, processes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(
  config: StackConfig,
  dataDir: DataDir,
  how: HowToRun,
  progress: Progress,
  onStop: (dispose: Disposer) => void,
): Promise<{ info: StackInfo; supervised: Supervised[] }> {
  const secrets = await usingDataDir(dataDir, async () => {
    await createDataDir(dataDir);
    onStop(takeLock(dataDir.lockFile));
    return await loadSecrets(dataDir.secretsFile, config.environment);
  });
  const ports = await settlePorts(config.ports);
  const supervised: Supervised[] = [];
  const keep = (item: Supervised): void => {
    supervised.push(item);
    onStop(item.stop);
  };
  const onEvent = (name: string, event: SupervisionEvent): void => progress.note(describe(name, event));

  const context = { config, dataDir, secrets, progress, onEvent };
  const postgres = await readyPostgres(context);
  if (postgres.supervised) keep(postgres.supervised);
  const redis = await readyRedis(context);
  if (redis.supervised) keep(redis.supervised);
  onStop(rotateWhileWritten(['postgres', 'redis'].map((name) => logFileOf(dataDir, name))));

  const databaseUrls = serviceDatabaseUrls(postgres.url, secrets);
  await progress.step('Databases', async () => {
    await migrate(postgres.url, databaseUrls, dataDir, postgres.supervised !== undefined);
  });

  const smtpPort = await freePort();
  const inbox = await startInbox({ smtpPort, uiPort: ports.MAIL_UI_PORT });
  onStop(inbox.stop);

  const settled = {
    ports,
    secrets,
    databaseUrls,
    redisUrl: redis.serviceUrl,
    smtpUrl: config.smtpUrl ?? `smtp://127.0.0.1:${smtpPort}`,
  };
  const environmentOf = (service: ServiceSpec): NodeJS.ProcessEnv => serviceEnvironment(service, config, settled);
  const logOf = async (name: string): Promise<LogFile> => {
    const log = new LogFile(await freshLog(dataDir, name), {
      onEvent: (event) => progress.note(describeLog(name, event)),
    });
    onStop(async () => await log.settled());
    return log;
  };
  const start = async (service: ServiceSpec): Promise<Supervised> => {
    const log = await logOf(service.name);
    const own = environmentOf(service);
    return await supervise(
      service.name,
      () => startService(service, own, log, how),
      (event) => onEvent(service.name, event),
    );
  };
  if (config.console) await progress.step('Pages of the console', buildConsole);
  for (const row of config.console ? [...serviceRows, [consoleService]] : serviceRows) {
    await progress.step(row.map(({ name }) => name).join(', '), async () => {
      await startRow(row, start, keep);
    });
  }

  const info = {
    edge_url: localUrl(ports, 'EDGE_PORT'),
    database_url: postgres.url,
    redis_url: redis.url,
    mail_ui_url: localUrl(ports, 'MAIL_UI_PORT'),
    ...(config.console && { console_url: localUrl(ports, 'CONSOLE_PORT') }),
    admin_api_key: firstOf(secrets.ADMIN_API_KEY),
    service_api_key: firstOf(secrets.SERVICE_API_KEY),
  };
  onStop(async () => await rm(dataDir.stackFile, { force: true }));
  await writeStackInfo(dataDir.stackFile, info);
  return { info, supervised };
}

/** `own`: the server is this stack's, so that its databases lie in the data folder. */
async function migrate(
  url: string,
  serviceUrls: Record<string, string>,
  dataDir: DataDir,
  own: boolean,
): Promise<void> {
  try {
    await migrateAllServices(url, serviceUrls);
  } catch (cause) {
    if (!(cause instanceof EarlierDatabaseError)) throw cause;
    const message = `The data in ${dataDir.root} is of an earlier version, which this one cannot carry over: set DATA_DIR to a new folder, or remove this one.`;
    throw new StackError(own ? message : cause.message, { cause });
  }
}

/** Starts services together. When one fails, those that did start are kept, so that they are stopped with the rest. */
async function startRow(
  row: readonly ServiceSpec[],
  start: (service: ServiceSpec) => Promise<Supervised>,
  keep: (item: Supervised) => void,
): Promise<void> {
  const results = await Promise.allSettled(row.map(async (service) => keep(await start(service))));
  const failures = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason as unknown);
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new StackError(failures.map(errorMessage).join('\n'), { cause: failures });
}

function localUrl(ports: Readonly<Record<PortVariable, number>>, variable: PortVariable): string {
  return `http://127.0.0.1:${ports[variable]}`;
}

/** Several values of a key rotate it; the first is the one to use. */
function firstOf(keys: string): string {
  return keys.split(',')[0]?.trim() ?? '';
}

function describe(name: string, event: SupervisionEvent): string {
  switch (event.kind) {
    case 'died':
      return `${name} ended (${event.exit.signal ?? `exit code ${event.exit.code}`}); starting it again`;
    case 'restarted':
      return `${name} is back`;
    case 'restart-failed':
      return `${name} could not be started again: ${errorMessage(event.error)}; next try in ${event.restartInMs / 1_000} s`;
  }
}

function describeLog(name: string, event: LogEvent): string {
  if (event.kind === 'failing')
    return `The log of ${name} cannot be written (${errorMessage(event.error)}); its lines are dropped until it can`;
  return `The log of ${name} is written again; ${event.linesDropped} lines were dropped`;
}
