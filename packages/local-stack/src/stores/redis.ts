import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startManagedProcess } from '../process/managed-process.ts';
import type { ManagedProcess } from '../process/managed-process.ts';
import { stopLeftOver } from '../process/stop-left-over.ts';
import { StackError } from '../stack-error.ts';
import { tailOf } from './log-tail.ts';
import type { RunningStore } from './postgres.ts';

const READY_TIMEOUT_MS = 120_000;
const readyPollMs = 25;
const STOP_TIMEOUT_MS = 20_000;
const PID_FILE_NAME = 'server.pid';

/** Whom services are to Redis. */
export const serviceUser = 'turnpike';

/** What services may do (docker-compose.yml and infra/README.md say the same): everything with their own keys, and no administration. */
const serviceRules = '~{turnpike}* ~{limit:* +@all -@admin -@dangerous +info';

/** A Redis server on this machine. */
export interface RedisOptions {
  /** The program, from `findRedis`. */
  readonly program: string;
  /** Folder for its files; created on first use, kept afterwards. */
  readonly dataDir: string;
  /** The server's output is appended here. */
  readonly logFile: string;
  readonly port: number;
  /** Undefined: no password. */
  readonly password?: string;
  /** Of the user of the services; undefined: there is none. */
  readonly servicePassword?: string;
  /** Whether writes are kept on disk (append-only file, synced each second). */
  readonly persistent: boolean;
  /** Server settings on top of ours, such as `{ 'cluster-enabled': 'yes' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts Redis on 127.0.0.1. A server left over in the same folder by a killed run is stopped first. */
export async function startRedis(options: RedisOptions): Promise<RunningStore> {
  const { dataDir, logFile, port, password } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const pidFile = path.join(dataDir, PID_FILE_NAME);
  await stopServerOfEarlierRun(pidFile);
  // In a file, not on the command line, which every user of the machine can read.
  const configFile = path.join(dataDir, 'redis.conf');
  await writeFile(configFile, configText(options), { mode: 0o600 });
  const server = await startManagedProcess({
    command: options.program,
    args: [configFile],
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    cwd: dataDir,
    logFile,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
  await writeFile(pidFile, `${server.pid} :${port}`);
  const url = `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`;
  await untilReady(url, server, logFile);
  return { ...server, url };
}

/** Redis shows the address it listens on in its command line, so that is written down beside its process id. */
async function stopServerOfEarlierRun(pidFile: string): Promise<void> {
  const [pid, mark] = (await readFile(pidFile, 'utf8').catch(() => '')).split(' ');
  if (mark !== undefined) await stopLeftOver(Number(pid), mark, 'SIGTERM');
}

function configText({ dataDir, port, password, servicePassword, persistent, settings }: RedisOptions): string {
  const all: Record<string, string> = {
    bind: '127.0.0.1',
    port: String(port),
    dir: dataDir,
    save: '""',
    appendonly: persistent ? 'yes' : 'no',
    // Queues and revocations live here: refusing a write is better than forgetting one.
    'maxmemory-policy': 'noeviction',
    ...(password === undefined ? {} : { requirepass: password }),
    ...(servicePassword === undefined ? {} : { user: `${serviceUser} on >${servicePassword} ${serviceRules}` }),
    ...settings,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}

async function untilReady(url: string, server: ManagedProcess, logFile: string): Promise<void> {
  const giveUpAt = Date.now() + READY_TIMEOUT_MS;
  while (server.isRunning() && Date.now() < giveUpAt) {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      // Answers LOADING until the data is read back.
      await client.ping();
      return;
    } catch {
      await sleep(readyPollMs);
    } finally {
      client.disconnect();
    }
  }
  await server.stop();
  throw new StackError(`Redis did not start. Its last words: ${await tailOf(logFile)}`);
}
