import path from 'node:path';
import { repositoryRoot } from '../config.ts';
import type { LogFile } from '../logs/log-file.ts';
import { startNodeService } from '../process/node-service.ts';
import type { NodeService } from '../process/node-service.ts';
import { StackError } from '../stack-error.ts';
import type { ServiceSpec } from './services.ts';

const READY_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 20_000;
/** Lines of a service that are shown when it does not start. */
const LAST_LINES_MAX = 5;
/** Exit code of a service whose settings are not usable (EX_CONFIG of sysexits.h). */
const EXIT_CONFIG = 78;

/** How Node runs services. */
export interface HowToRun {
  /** What it runs for the `main.ts` of one. */
  readonly programOf: (entry: string) => Promise<string>;
  /** Its options for all of them, before a service's own. */
  readonly nodeFlags: readonly string[];
}

/**
 * Starts the service and resolves when it listens. Its output goes to `log`.
 *
 * @param how what Node runs for its `main.ts`, and with which options
 */
export async function startService(
  { name, nodeFlags }: ServiceSpec,
  env: NodeJS.ProcessEnv,
  log: LogFile,
  how: HowToRun,
): Promise<NodeService> {
  const lastLines: string[] = [];
  const service = await startNodeService({
    entry: await how.programOf(path.join(repositoryRoot, 'apps', name, 'src', 'main.ts')),
    env,
    cwd: repositoryRoot,
    nodeFlags: [...how.nodeFlags, ...(nodeFlags ?? [])],
    onLine: (line) => {
      log.write(line);
      lastLines.push(line);
      if (lastLines.length > LAST_LINES_MAX) lastLines.shift();
    },
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
  const overdue = setTimeout(() => service.signal('SIGKILL'), READY_TIMEOUT_MS);
  try {
    await service.listening;
    return service;
  } catch (cause) {
    const { code } = await service.exited;
    const said = lastLines.join('\n');
    if (code === EXIT_CONFIG) throw new StackError(`${name}: ${said}`, { cause });
    throw new StackError(`${name} did not start; it said:\n${said}\nMore in ${log.path}`, { cause });
  } finally {
    clearTimeout(overdue);
  }
}
