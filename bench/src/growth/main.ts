import { markdown } from '../edge/report.ts';
import { startBenchStack } from '../edge/stack.ts';
import { observeMachine, writeResult } from '../results.ts';
import { prepareKinds } from './kinds.ts';
import { measureKinds, type Measured } from './measure.ts';
import { readOptions } from './options.ts';
import { populate, quieten, type Range } from './population.ts';
import { growthRows } from './report.ts';
import { rowsScanned, scannedBetween } from './scans.ts';
import { verifyLedger } from './verify.ts';

/** What a request costs with so many users, keys and history rows, and with ten times as many. See bench/README.md. */

/** What one size of the population showed. */
interface Stage {
  readonly rounds: Measured;
  readonly scanned: Readonly<Record<string, number>>;
}

const options = readOptions();
const startedAt = new Date();
const observed = observeMachine();
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const seconds = (): string => `${Math.round((Date.now() - startedAt.getTime()) / 1_000)} s`;

// Ctrl-C reaches the stack through us: nothing is left running.
const interrupted = new Promise<never>((_resolve, reject) => process.once('SIGINT', () => reject(new Error('interrupted'))));
interrupted.catch(() => {});

const stack = await startBenchStack();
const { base, times } = options;
try {
  await Promise.race([run(), interrupted]);
} finally {
  await stack.stop();
}
process.exit(0);

async function run(): Promise<void> {
  await quieten(stack.databaseUrl);
  const before = await measureWith({ from: 0, to: base });
  const after = await measureWith({ from: base, to: base * times });
  await verifyLedger(stack.databaseUrl);
  await report(before, after);
}

/** Adds the users of a range, and measures with some of them; beside the rounds, the rows that full scans read meanwhile, by table. */
async function measureWith(range: Range): Promise<Stage> {
  await populate(stack.databaseUrl, range);
  await verifyLedger(stack.databaseUrl);
  say(`${range.to} users: ready after ${seconds()}`);
  const kinds = await prepareKinds(stack, range, options);
  const before = await rowsScanned(stack.databaseUrl);
  const rounds = await measureKinds(stack, kinds, options, say);
  return { rounds, scanned: scannedBetween(before, await rowsScanned(stack.databaseUrl)) };
}

async function report(before: Stage, after: Stage): Promise<void> {
  const machine = observed();
  const rows = growthRows(before.rounds, after.rounds);
  const scanned = `Rows read by full scans: before ${JSON.stringify(before.scanned)}, after ${JSON.stringify(after.scanned)}`;
  process.stdout.write(`\n${markdown(rows)}\n\n${scanned}\n${startedAt.toISOString()}, took ${seconds()}; ${JSON.stringify(machine)}\n`);
  const written = (stage: Stage) => ({ ...stage, rounds: Object.fromEntries(stage.rounds) });
  await writeResult('growth.json', `${JSON.stringify({ startedAt, options, machine, rows, before: written(before), after: written(after) }, null, 2)}\n`);
}
