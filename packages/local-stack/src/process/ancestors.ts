import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { commandLineOf } from './process-table.ts';

const POLL_MS = 500;
/** Deeper chains than npx → shell → pnpm → shell → us do not occur. */
const DEPTH_MAX = 12;

interface Ancestor {
  readonly pid: number;
  readonly commandLine: string;
}

/**
 * Calls `onGone` once when the command that started us has ended without telling us: `npx pnpm start` puts two shells
 * and two package managers in between, which pass on Ctrl-C but not a kill.
 *
 * @returns a function that ends the watch
 */
export async function watchLaunchers(onGone: () => void): Promise<() => void> {
  const launchers = await launchersOf(process.pid);
  if (launchers.length === 0) return () => undefined;
  const timer = setInterval(() => {
    void allAlive(launchers).then((alive) => {
      if (alive) return;
      clearInterval(timer);
      onGone();
    });
  }, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Everything between us and the topmost package manager above us. */
async function launchersOf(self: number): Promise<Ancestor[]> {
  const chain: Ancestor[] = [];
  let pid = await parentOf(self);
  while (pid > 1 && chain.length < DEPTH_MAX) {
    const commandLine = await commandLineOf(pid);
    if (commandLine === undefined) break;
    chain.push({ pid, commandLine });
    pid = await parentOf(pid);
  }
  const top = chain.findLastIndex(({ commandLine }) => isPackageManager(commandLine));
  return chain.slice(0, top + 1);
}

function isPackageManager(commandLine: string): boolean {
  const [program = '', script = ''] = commandLine.split(' ');
  const name = /([^/]+)$/.exec(program)?.[1] ?? '';
  if (/^(npm|npx|pnpm|pnpx|pn|pnx|yarn|bun|bunx)$/.test(name)) return true;
  return name.startsWith('node') && /\/(npm|npx|pnpm)(-cli)?(\.c?js)?$/.test(script);
}

async function allAlive(launchers: readonly Ancestor[]): Promise<boolean> {
  for (const { pid, commandLine } of launchers) if ((await commandLineOf(pid)) !== commandLine) return false;
  return true;
}

async function parentOf(pid: number): Promise<number> {
  try {
    if (process.platform === 'linux') {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      return Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0);
    }
    const { stdout } = await promisify(execFile)('ps', ['-o', 'ppid=', '-p', String(pid)]);
    return Number(stdout.trim());
  } catch {
    return 0;
  }
}
