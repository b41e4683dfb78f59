import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '../stack-error.ts';
import { commandLineOf } from './process-table.ts';

const STOP_TIMEOUT_MS = 20_000;
const pollMs = 50;

/**
 * Ends a process that an earlier, killed run may have left behind.
 *
 * @param pid as the earlier run wrote it down
 * @param mark a text in its command line that no other program has, such as its data folder; without it the process is
 *   someone else's and is left alone
 */
export async function stopLeftOver(pid: number, mark: string, stopSignal: NodeJS.Signals): Promise<void> {
  const isOurs = async (): Promise<boolean> => (await commandLineOf(pid))?.includes(mark) ?? false;
  if (!(await isOurs())) return;
  process.kill(pid, stopSignal);
  const giveUpAt = Date.now() + STOP_TIMEOUT_MS;
  while (await isOurs()) {
    if (Date.now() > giveUpAt) {
      throw new StackError(`Process ${pid}, left over from an earlier run, does not stop: end it, then start again.`);
    }
    await sleep(pollMs);
  }
}
