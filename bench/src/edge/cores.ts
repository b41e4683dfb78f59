import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Who runs where. With one core, or without `taskset`, nothing is pinned, and the report says so. */
export interface Cores {
  readonly pinned: boolean;
  /** Ties processes and all their descendants to the proxies' core. */
  toProxyCore(pids: readonly number[]): Promise<void>;
  /** Ties them to the core of everything else: load, upstream, stores, services. */
  toLoadCore(pids: readonly number[]): Promise<void>;
  /** Lets them run on both. */
  free(pids: readonly number[]): Promise<void>;
}

const PROXY_CORE = '0';
const LOAD_CORE = '1';

export async function findCores(): Promise<Cores> {
  const hasTaskset = await run('taskset', ['--version']).then(
    () => true,
    () => false,
  );
  const pinned = hasTaskset && availableParallelism() > 1;
  const pin = async (cores: string, pids: readonly number[]): Promise<void> => {
    if (!pinned) return;
    // A process that ends meanwhile, such as a database connection, is no failure.
    for (const pid of await withDescendants(pids))
      await run('taskset', ['-a', '-c', '-p', cores, String(pid)]).catch(() => {});
  };
  return {
    pinned,
    toProxyCore: (pids) => pin(PROXY_CORE, pids),
    toLoadCore: (pids) => pin(LOAD_CORE, pids),
    free: (pids) => pin(`${PROXY_CORE},${LOAD_CORE}`, pids),
  };
}

/** The processes and everything they started. */
async function withDescendants(pids: readonly number[]): Promise<ReadonlySet<number>> {
  const children = new Map<number, number[]>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const all = new Set(pids);
  for (const pid of all) for (const child of children.get(pid) ?? []) all.add(child);
  return all;
}
