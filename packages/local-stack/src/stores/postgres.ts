import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { startManagedProcess } from '../process/managed-process.ts';
import type { ManagedProcess } from '../process/managed-process.ts';
import { stopLeftOver } from '../process/stop-left-over.ts';
import { errorCode, errorMessage, StackError } from '../stack-error.ts';
import { tailOf } from './log-tail.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { unprivilegedUser } from './run-as.ts';
import type { RunAs } from './run-as.ts';

const READY_TIMEOUT_MS = 180_000;
const readyPollMs = 25;
const CONNECT_TIMEOUT_MS = 5_000;
const STOP_TIMEOUT_MS = 20_000;

/** A PostgreSQL server on this machine. */
export interface PostgresOptions {
  /** Folder of the cluster; created on first use, kept afterwards. */
  readonly dataDir: string;
  /** The server's output is appended here. */
  readonly logFile: string;
  readonly port: number;
  /** The superuser's password, fixed when the cluster is created. */
  readonly password: string;
  /** Server settings on top of ours, such as `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Programs of another version than that from npm. */
  readonly binaries?: PostgresBinaries;
}

/** A running server: its process, and the URL with full rights. */
export interface RunningStore extends ManagedProcess {
  readonly url: string;
}

/**
 * Starts PostgreSQL, that from npm unless told otherwise, on 127.0.0.1, creating its cluster on first use. A server left over in the same folder by
 * a killed run is stopped first; its files are recovered by PostgreSQL itself.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningStore> {
  const { dataDir, logFile, port, password } = options;
  const binaries = options.binaries ?? findPostgresBinaries();
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const runAs = await unprivilegedUser(path.dirname(binaries.postgres), dataDir);
  if (await hasCluster(dataDir)) await stopServerOfEarlierRun(dataDir);
  else await createCluster(binaries.initdb, options, runAs);

  const settings = {
    listen_addresses: '127.0.0.1',
    // Everyone connects over TCP; a socket file would need a folder that both users may write.
    unix_socket_directories: '',
    max_connections: '300',
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = await startManagedProcess({
    ...runAs.commandLine(binaries.postgres, ['-D', dataDir, '-p', String(port), ...flags]),
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    cwd: dataDir,
    logFile,
    // "Fast shutdown": ends sessions and writes a checkpoint. SIGTERM would wait for clients to leave.
    stopSignal: 'SIGINT',
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
  const url = `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
  await untilReady(url, server, logFile);
  return { ...server, url };
}

async function hasCluster(dataDir: string): Promise<boolean> {
  return await stat(path.join(dataDir, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

async function createCluster(initdb: string, options: PostgresOptions, runAs: RunAs): Promise<void> {
  // Made beside the final folder's content and complete or not at all: initdb itself empties a folder it could not fill.
  const passwordFile = path.join(path.dirname(options.dataDir), `.password-${randomBytes(8).toString('hex')}`);
  await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
  try {
    if (runAs.owner !== undefined) await chown(passwordFile, runAs.owner.uid, runAs.owner.gid);
    const { command, args, ...user } = runAs.commandLine(initdb, [
      `--pgdata=${options.dataDir}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The same sorting on every operating system. Versions before 17 know none but C that is.
      '--locale=C',
      ...(options.binaries === undefined ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
      '--no-sync',
    ]);
    await promisify(execFile)(command, args, { cwd: options.dataDir, ...user });
  } catch (cause) {
    const detail = stderrOf(cause);
    throw new StackError(`PostgreSQL could not create its files in ${options.dataDir}: ${detail}`, { cause });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** A killed run may leave a server alive, or a lock file whose process id now belongs to someone else. */
async function stopServerOfEarlierRun(dataDir: string): Promise<void> {
  const lockFile = path.join(dataDir, 'postmaster.pid');
  const text = await readFile(lockFile, 'utf8').catch(() => '');
  if (text === '') return;
  await stopLeftOver(Number(text.split('\n')[0]), dataDir, 'SIGINT');
  await rm(lockFile, { force: true });
}

function stderrOf(error: unknown): string {
  const said = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim() : '';
  return said || errorMessage(error);
}

async function untilReady(url: string, server: ManagedProcess, logFile: string): Promise<void> {
  const giveUpAt = Date.now() + READY_TIMEOUT_MS;
  while (server.isRunning() && Date.now() < giveUpAt) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return;
    } catch (error) {
      if (errorCode(error) === '28P01') {
        await server.stop();
        throw new StackError(
          'PostgreSQL refuses the password in DATA_DIR/secrets.json: that file is not the one this data folder was made with.',
          { cause: error },
        );
      }
      await sleep(readyPollMs);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  await server.stop();
  throw new StackError(`PostgreSQL did not start. Its last words: ${await tailOf(logFile)}`);
}
