import { setTimeout as sleep } from 'node:timers/promises';
import { rssMiBOf, type MillionStack, type RunningService } from './stack.ts';

const PERIOD_MS = 1_000;
/** Counting what is left is work for the same PostgreSQL: at most a tenth of the time. */
const PAUSE_PER_COUNT = 9;

/** How a backlog was worked through. */
export interface Worked {
  readonly seconds: number;
  /** Most resident memory of each process meanwhile, in MiB. */
  readonly rssMiB: Readonly<Record<string, number>>;
  /** Most memory that Redis used, in MiB. */
  readonly redisMiB: number;
}

/** Waits until `left` gives 0, and says how it goes every half minute. Throws when nothing moves for ten minutes. */
export async function workThrough(
  stack: MillionStack,
  services: Readonly<Record<string, RunningService>>,
  left: () => Promise<number>,
  say: (line: string) => void,
): Promise<Worked> {
  const startedAt = performance.now();
  const rssMiB: Record<string, number> = {};
  let redisMiB = 0;
  let last = Number.POSITIVE_INFINITY;
  let movedAt = startedAt;
  let saidAt = startedAt;
  for (;;) {
    for (const [name, { pid }] of Object.entries(services))
      rssMiB[name] = Math.max(rssMiB[name] ?? 0, await rssMiBOf(pid));
    redisMiB = Math.max(redisMiB, await redisMemoryMiB(stack));
    const countedFrom = performance.now();
    const rows = await left();
    const now = performance.now();
    if (rows === 0) return { seconds: (now - startedAt) / 1_000, rssMiB, redisMiB };
    if (rows < last) movedAt = now;
    last = rows;
    if (now - movedAt > 600_000) throw new Error(`${rows} are left and nothing moves`);
    if (now - saidAt > 30_000) {
      say(`  ${rows} left after ${Math.round((now - startedAt) / 1_000)} s`);
      saidAt = now;
    }
    await sleep(Math.max(PERIOD_MS, PAUSE_PER_COUNT * (now - countedFrom)));
  }
}

async function redisMemoryMiB({ redis }: MillionStack): Promise<number> {
  return Math.round(Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]) / 1_048_576);
}
