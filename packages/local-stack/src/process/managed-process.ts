import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { guardProcess } from './guard.ts';

/** How a process ended. */
export interface ProcessExit {
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that this process started and answers for. */
export interface ManagedProcess {
  readonly pid: number;
  /** Settles when the process has ended; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** True until the process has ended. */
  isRunning(): boolean;
  /** Sends a signal; a process that has ended is left alone. */
  signal(signal: NodeJS.Signals): void;
  /** Asks the process to end with `stopSignal`, forces it after `stopTimeoutMs`, and resolves when it has ended. */
  stop(): Promise<ProcessExit>;
}

/** What to run. */
export interface ManagedProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  /** Its output is appended here, so that it is not lost when the reader dies first. */
  readonly logFile: string;
  readonly uid?: number;
  readonly gid?: number;
  /** The signal that means "finish in order" to this program. */
  readonly stopSignal: NodeJS.Signals;
  /** After this long the program is ended by force. */
  readonly stopTimeoutMs: number;
}

/**
 * Starts a program that knows nothing of us (a database server). It gets a process group of its own, so that Ctrl-C in
 * the terminal reaches only us and we end things in order; and a guard, so that it ends even when we are killed.
 */
export async function startManagedProcess(options: ManagedProcessOptions): Promise<ManagedProcess> {
  const log = openSync(options.logFile, 'a', 0o600);
  let child: ChildProcess;
  try {
    child = spawn(options.command, options.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: options.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
  } finally {
    closeSync(log);
  }
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  let releaseGuard: () => void = () => undefined;
  const managed = manage(child, options, () => releaseGuard());
  releaseGuard = guardProcess(managed.pid, options.stopSignal);
  return managed;
}

/** Wraps a child that has been spawned. `onExit` runs as soon as it has ended. */
export function manage(
  child: ChildProcess,
  { stopSignal, stopTimeoutMs }: Pick<ManagedProcessOptions, 'stopSignal' | 'stopTimeoutMs'>,
  onExit: () => void = () => undefined,
): ManagedProcess {
  const { pid } = child;
  if (pid === undefined) throw new Error(`${child.spawnfile} has no process id`);
  let running = true;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      running = false;
      onExit();
      resolve({ code, signal });
    });
  });
  const signal = (name: NodeJS.Signals): void => {
    if (running) child.kill(name);
  };
  const stop = async (): Promise<ProcessExit> => {
    signal(stopSignal);
    const force = setTimeout(() => signal('SIGKILL'), stopTimeoutMs);
    try {
      return await exited;
    } finally {
      clearTimeout(force);
    }
  };
  return { pid, exited, isRunning: () => running, signal, stop };
}
