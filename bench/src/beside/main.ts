import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cpuBetween, cpuSecondsOf } from '../cpu.ts';
import { requestBytes } from '../edge/connection.ts';
import { findCores } from '../edge/cores.ts';
import type * as LoadModule from '../edge/load.ts';
import type * as StackModule from '../edge/stack.ts';
import { readFlags } from '../flags.ts';
import { median } from '../statistics.ts';

/**
 * CPU per request of this checkout's edge beside another checkout's (such as the commit before, in a worktree of its own), on the free
 * route. Each start is a process whose code V8 compiles in its own way, so a figure of one start says little: both are started anew, in
 * alternating order, and their rounds are interleaved. Usage rests meanwhile: it shares the core of the load, and an edge that is asked less
 * often wakes up more often per request, so that what a service stores would show as the edge's work.
 */
const { count, text } = readFlags({ starts: 4, rounds: 6, seconds: 3, warmup: 40_000, connections: 32, tokens: 64 }, [
  'other',
]);
const other = text('other');
if (other === undefined)
  throw new TypeError('--other must name the folder of another checkout, its packages installed');

interface Side {
  readonly name: string;
  readonly root: string;
  /** Microseconds per request: the median of each start. */
  readonly ofStarts: number[];
}

/** A side that runs. */
interface Running {
  readonly side: Side;
  readonly pid: number;
  readonly micros: number[];
  readonly load: (until: { seconds: number } | { count: number }) => Promise<{ requests: number; errors: number }>;
  readonly stop: () => Promise<void>;
}

const sides: readonly Side[] = [
  { name: 'this', root: path.resolve(import.meta.dirname, '../../..'), ofStarts: [] },
  { name: 'other', root: path.resolve(process.env['INIT_CWD'] ?? '.', other), ofStarts: [] },
];

async function start(side: Side): Promise<Running> {
  const moduleOf = (file: string): string => pathToFileURL(path.join(side.root, 'bench/src/edge', file)).href;
  const { startBenchStack } = (await import(moduleOf('stack.ts'))) as typeof StackModule;
  const { runLoad } = (await import(moduleOf('load.ts'))) as typeof LoadModule;
  const stack = await startBenchStack();
  const cores = await findCores();
  await cores.toLoadCore([process.pid, ...stack.behindTheEdge]);
  await cores.toProxyCore([stack.edge.pid]);
  // Earlier checkouts have no such service, nor a way to ask for it.
  const { usage } = Reflect.has(stack, 'processes') ? stack.processes() : {};
  if (usage !== undefined) process.kill(usage, 'SIGSTOP');
  const requests = (await stack.signIn(count('tokens'))).map((token) => requestBytes('GET', '/bench/free', token));
  return {
    side,
    pid: stack.edge.pid,
    micros: [],
    load: (until) => runLoad({ url: stack.edge.url, requests, connections: count('connections') }, until),
    stop: () => {
      if (usage !== undefined) process.kill(usage, 'SIGCONT');
      return stack.stop();
    },
  };
}

async function round({ pid, load, micros, side }: Running): Promise<void> {
  await load({ count: 500 });
  const before = await cpuSecondsOf(pid);
  const { requests, errors } = await load({ seconds: count('seconds') });
  if (errors > 0) throw new Error(`${side.name}: ${errors} requests of ${requests} failed`);
  micros.push((cpuBetween(before, await cpuSecondsOf(pid)) * 1e6) / requests);
}

for (let begun = 0; begun < count('starts'); begun += 1) {
  const running: Running[] = [];
  for (const side of begun % 2 === 0 ? sides : sides.toReversed()) running.push(await start(side));
  try {
    for (const each of running) await each.load({ count: count('warmup') });
    for (let done = 0; done < count('rounds'); done += 1) for (const each of running) await round(each);
    for (const { side, micros } of running) {
      side.ofStarts.push(median(micros));
      process.stdout.write(`${side.name}: ${micros.map((value) => value.toFixed(1)).join(' ')}\n`);
    }
  } finally {
    for (const each of running) await each.stop();
  }
}
for (const { name, ofStarts } of sides) {
  const sorted = ofStarts.toSorted((a, b) => a - b);
  process.stdout.write(
    `${name}: ${median(ofStarts).toFixed(1)} µs per request, medians of ${ofStarts.length} starts from ${sorted[0]?.toFixed(1)} to ${sorted.at(-1)?.toFixed(1)}\n`,
  );
}
