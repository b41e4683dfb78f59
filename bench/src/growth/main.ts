import { verifyLedger } from '@turnpike/test-kit/verify-ledger';
import { markdown } from '../edge/report.ts';
import { startBenchStack, type BenchStack } from '../edge/stack.ts';
import { observeMachine, writeResult } from '../results.ts';
import { prepareKinds } from './kinds.ts';
import { measureSizes, type Measured, type Size } from './measure.ts';
import { readOptions } from './options.ts';
import { populate, quieten } from './population.ts';
import { growthRows } from './report.ts';
import { rowsScanned, scannedBetween } from './scans.ts';

/** What a request costs with so many users, keys and history rows, and with ten times as many. See bench/README.md. */

const options = readOptions();
const startedAt = new Date();
const observed = observeMachine();
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const seconds = (): string => `${Math.round((Date.now() - startedAt.getTime()) / 1_000)} s`;

// Ctrl-C reaches the stack through us: nothing is left running.
const interrupted = new Promise<never>((_resolve, reject) =>
  process.once('SIGINT', () => reject(new Error('interrupted'))),
);
interrupted.catch(() => {});

const { base, times } = options;
const stacks: BenchStack[] = [];
try {
  await Promise.race([run(), interrupted]);
} finally {
  for (const stack of stacks) await stack.stop();
}
process.exit(0);

async function run(): Promise<void> {
  const small = await startWith(base);
  const large = await startWith(base);
  await populate(large.databaseUrl, { from: base, to: base * times });
  for (const stack of stacks) await verifyLedger({ DATABASE_URL: stack.databaseUrl });
  say(`filled and verified after ${seconds()}`);
  const sizeOf = async (stack: BenchStack, users: number): Promise<Size> => ({
    stack,
    users,
    kinds: await prepareKinds(stack, { from: 0, to: users }, options),
  });
  const sizes = [await sizeOf(small, base), await sizeOf(large, base * times)];
  const before = await Promise.all(stacks.map(({ databaseUrl }) => rowsScanned(databaseUrl)));
  const rounds = await measureSizes(sizes, options, say);
  const after = await Promise.all(stacks.map(({ databaseUrl }) => rowsScanned(databaseUrl)));
  for (const stack of stacks) await verifyLedger({ DATABASE_URL: stack.databaseUrl });
  await report(
    sizes,
    rounds,
    after.map((rows, place) => scannedBetween(before[place] ?? new Map(), rows)),
  );
}

/** Prints the table and writes everything down. `scanned`: rows that full scans read, by table, for each size. */
async function report(
  sizes: readonly Size[],
  rounds: Measured,
  scanned: readonly Readonly<Record<string, number>>[],
): Promise<void> {
  const machine = observed();
  const rows = growthRows(sizes, rounds);
  const [smaller, larger] = scanned.map((tables) => JSON.stringify(tables));
  process.stdout.write(`\n${markdown(rows)}\n\nRows read by full scans: before ${smaller}, after ${larger}\n`);
  process.stdout.write(`${startedAt.toISOString()}, took ${seconds()}; ${JSON.stringify(machine)}\n`);
  await writeResult(
    'growth.json',
    `${JSON.stringify({ startedAt, options, machine, rows, scanned, rounds: Object.fromEntries(rounds) }, null, 2)}\n`,
  );
}

/** A stack with this many users. */
async function startWith(users: number): Promise<BenchStack> {
  const stack = await startBenchStack();
  stacks.push(stack);
  await quieten(stack.databaseUrl);
  await populate(stack.databaseUrl, { from: 0, to: users });
  return stack;
}
