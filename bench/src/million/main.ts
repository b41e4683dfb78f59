import { populate } from '@turnpike/test-kit/population';
import { verifyLedger } from '@turnpike/test-kit/verify-ledger';
import { markdown, round, type Row } from '../edge/report.ts';
import { observeMachine, writeResult } from '../results.ts';
import { measureEvents, measureMaintenance, measureRetention, type BacklogFigures } from './backlogs.ts';
import { readOptions } from './options.ts';
import { measureRequests, type RequestFigures } from './requests.ts';
import { DATABASES, startMillionStack, type MillionStack } from './stack.ts';

/** A million of everything: what requests take then, and how backlogs of a million are worked through. See bench/README.md. */

const options = readOptions();
const startedAt = performance.now();
const observed = observeMachine();
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const sinceStart = (): string => `${Math.round((performance.now() - startedAt) / 1_000)} s`;
/** Tables that services bring themselves. */
const smallTables = new Set(['signing_key', 'price', 'plan', 'verification', '_prisma_migrations']);

const interrupted = new Promise<never>((_resolve, reject) =>
  process.once('SIGINT', () => reject(new Error('interrupted'))),
);
interrupted.catch(() => {});
const stack = await startMillionStack();
try {
  await Promise.race([run(stack), interrupted]);
} finally {
  await stack.stop();
}
process.exit(0);

async function run(at: MillionStack): Promise<void> {
  const { users, due, parts } = options;
  // Prices and plans come with the service.
  await (await at.start('credits')).stop();
  for (const app of ['users', 'auth', 'credits'] as const) {
    await populate(at.databaseUrl(app), app, { from: 0, to: users, entries: 5, smallTables });
    say(`${app} filled after ${sinceStart()}`);
  }
  const [size] = await at.sql<{ gib: number }>(
    'auth',
    `SELECT (sum(pg_database_size(datname)) / 2 ^ 30)::float8 AS gib FROM pg_database WHERE datname = ANY ($1)`,
    Object.values(DATABASES),
  );
  let requests: RequestFigures[] = [];
  if (parts.includes('requests')) {
    const [auth, usersService, credits] = [await at.start('auth'), await at.start('users'), await at.start('credits')];
    requests = await measureRequests(at, { auth, users: usersService, credits }, users, options);
    await Promise.all([auth.stop(), usersService.stop(), credits.stop()]);
    say(`requests measured after ${sinceStart()}\n\n${markdown(requests.map(requestRow))}\n`);
  }
  const backlogs: BacklogFigures[] = [];
  const add = (figures: readonly BacklogFigures[]): void => {
    backlogs.push(...figures);
    say(markdown(figures.map(backlogRow)));
  };
  if (parts.includes('retention')) add([await measureRetention(at, due, say)]);
  if (parts.includes('maintenance')) add(await measureMaintenance(at, due, say));
  if (parts.includes('events')) add([await measureEvents(at, due, say)]);
  let verifySeconds: number | undefined;
  if (parts.includes('maintenance') || parts.includes('verify')) {
    const before = performance.now();
    await verifyLedger({ DATABASE_URL: at.databaseUrl('credits') });
    verifySeconds = Math.round((performance.now() - before) / 1_000);
    say(`verified in ${verifySeconds} s`);
  }

  const machine = observed();
  process.stdout.write(
    `\n${users} users, backlogs of ${due}, ${round(size?.gib ?? Number.NaN, 1)} GiB of databases; load average ${round(machine.loadAverageBefore, 0)} before, ` +
      `${round(machine.loadAverageAfter, 0)} after, on ${machine.cores} cores; ${sinceStart()}\n\n`,
  );
  if (requests.length > 0) process.stdout.write(`${markdown(requests.map(requestRow))}\n\n`);
  if (backlogs.length > 0) process.stdout.write(`${markdown(backlogs.map(backlogRow))}\n`);
  if (verifySeconds !== undefined) process.stdout.write(`\nThe ledger verified itself in ${verifySeconds} s.\n`);
  await writeResult(
    'million.json',
    `${JSON.stringify({ options, machine, size, requests, backlogs, verifySeconds }, null, 2)}\n`,
  );
}

function requestRow({ kind, requests, errors, p50Ms, p99Ms, maxMs }: RequestFigures): Row {
  return {
    request: kind,
    'p50 ms': round(p50Ms, 1),
    'p99 ms': round(p99Ms, 1),
    'max ms': round(maxMs, 0),
    requests,
    errors,
  };
}

function backlogRow({ backlog, rows, worked, longest }: BacklogFigures): Row {
  return {
    backlog,
    rows,
    seconds: Math.round(worked.seconds),
    'rows/s': Math.round(rows / worked.seconds),
    'longest statement, ms': Math.round(longest.ms),
    'most memory, MiB': Object.entries({ ...worked.rssMiB, Redis: worked.redisMiB })
      .map(([name, mib]) => `${name} ${mib}`)
      .join(', '),
  };
}
