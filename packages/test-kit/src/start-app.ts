import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FREE_PORTS, startNodeService } from '@turnpike/local-stack/servers';
import { bundled } from './bundles/bundled.ts';
import { SHORT_LIVED_FLAGS } from './short-lived.ts';

/** Every service has a port variable of its own, and 0 lets each pick a free one. */
const freePorts = { PORT: '0', ...FREE_PORTS };
const STOP_TIMEOUT_MS = 120_000;
const READY_TIMEOUT_MS = 600_000;

/** A neighbouring service, run as it really is: its own process, spoken to over HTTP. */
export interface RunningApp {
  readonly url: string;
  readonly pid: number;
  /** Every line it has written so far. */
  readonly logs: () => string[];
  /** Asks it to end and waits. */
  readonly stop: () => Promise<void>;
  /** Ends it with a signal, by default SIGKILL, and waits. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
  /** Settles when it has ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/**
 * Starts `apps/<name>/src/main.ts` on a free port and waits until it listens.
 *
 * @param env the variables the service reads; only `PATH` and what is given here reach it
 * @param program another entry of the app, such as `worker` for `src/worker.ts`
 */
export async function startApp(
  name: string,
  env: Readonly<Record<string, string>> = {},
  program = 'main',
): Promise<RunningApp> {
  const entry = fileURLToPath(new URL(`../../../apps/${name}/src/${program}.ts`, import.meta.url));
  if (!existsSync(entry)) throw new Error(`There is no app "${name}" with a ${program}.ts`);
  const lines: string[] = [];
  const service = await startNodeService({
    entry: await bundled(entry),
    // Whoever looks at a heap says how it is to be kept.
    nodeFlags: env['NODE_OPTIONS'] === undefined ? SHORT_LIVED_FLAGS : [],
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      SHUTDOWN_DRAIN_MS: '0',
      ...freePorts,
      ...env,
    },
    onLine: (line) => lines.push(line),
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
  const overdue = setTimeout(() => service.signal('SIGKILL'), READY_TIMEOUT_MS);
  try {
    const url = await service.listening;
    return {
      url,
      pid: service.pid,
      logs: () => [...lines],
      stop: async () => {
        await service.stop();
      },
      kill: async (signal = 'SIGKILL') => {
        service.signal(signal);
        await service.exited;
      },
      exited: service.exited,
    };
  } catch (cause) {
    throw new Error(
      `${name} ${cause instanceof Error ? cause.message : String(cause)}:\n${lines.slice(-20).join('\n')}`,
      { cause },
    );
  } finally {
    clearTimeout(overdue);
  }
}
