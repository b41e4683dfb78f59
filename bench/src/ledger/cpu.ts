import { readdir, readFile } from 'node:fs/promises';

/** Clock ticks of /proc per second; fixed on every Linux in use. */
const TICKS_PER_SECOND = 100;

/**
 * CPU seconds that a process and its children have used, by the operating system's accounting: on a shared machine the steadiest figure
 * there is. `undefined` where there is no /proc.
 */
export async function cpuSecondsOf(pid: number): Promise<number | undefined> {
  try {
    let ticks = 0;
    for (const entry of await readdir('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
      // Fields after the command, which may hold spaces: state, ppid, …; utime and stime are the 12th and 13th of them (proc(5)).
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(entry) === pid || Number(fields[1]) === pid) ticks += Number(fields[11]) + Number(fields[12]);
    }
    return ticks / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}
