import { readdir, readFile } from 'node:fs/promises';

/** Clock ticks of /proc per second; fixed on every Linux in use. */
const TICKS_PER_SECOND = 100;

/** CPU seconds that processes have used so far, by process id. */
export type CpuSeconds = ReadonlyMap<number, number>;

/**
 * What processes and their children have used, by the operating system's accounting: on a shared machine the steadiest figure there is.
 * `undefined` where there is no /proc.
 */
export async function cpuSecondsOf(...pids: readonly number[]): Promise<CpuSeconds | undefined> {
  const wanted = new Set(pids);
  try {
    const used = new Map<number, number>();
    for (const entry of await readdir('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
      // Fields after the command, which may hold spaces: state, ppid, …; utime and stime are the 12th and 13th of them (proc(5)).
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (wanted.has(Number(entry)) || wanted.has(Number(fields[1])))
        used.set(Number(entry), (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND);
    }
    return used;
  } catch {
    return undefined;
  }
}

/** Seconds used between two readings; a process that has ended in between is left out, one that began is counted whole. */
export function cpuBetween(before: CpuSeconds | undefined, after: CpuSeconds | undefined): number {
  if (!before || !after) return Number.NaN;
  let seconds = 0;
  for (const [pid, total] of after) seconds += total - (before.get(pid) ?? 0);
  return seconds;
}
