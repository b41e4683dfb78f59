import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

/** What a run was measured on. Load averages are of one minute. */
export interface Machine {
  readonly cpu: string | undefined;
  readonly cores: number;
  readonly node: string;
  readonly loadAverageBefore: number;
  readonly loadAverageAfter: number;
}

/** Takes note of how busy the machine is; call the result when the run is over. */
export function observeMachine(): () => Machine {
  const load = (): number => loadavg()[0] ?? Number.NaN;
  const before = load();
  return () => ({
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    node: process.version,
    loadAverageBefore: before,
    loadAverageAfter: load(),
  });
}

/** Writes a file of `bench/results`. */
export async function writeResult(name: string, text: string): Promise<void> {
  const folder = fileURLToPath(new URL('../results/', import.meta.url));
  await mkdir(folder, { recursive: true });
  await writeFile(folder + name, text);
}
