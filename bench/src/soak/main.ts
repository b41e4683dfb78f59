import { setTimeout as sleep } from 'node:timers/promises';
import { verifyLedger } from '@turnpike/test-kit/verify-ledger';
import { markdown } from '../edge/report.ts';
import { startBenchStack } from '../edge/stack.ts';
import { readFlags } from '../flags.ts';
import { rssMiBOf } from '../million/stack.ts';
import { observeMachine, writeResult } from '../results.ts';
import { Traffic } from './traffic.ts';

/** Mixed traffic for minutes, with the memory of each process; then what users were told is what they spent, and the ledger verifies. */

const { count } = readFlags({ minutes: 10, 'pause-ms': 10, 'sample-seconds': 10 });
const CLIENTS = { spend: 8, read: 8, comeAndGo: 4, leave: 4 };
const MICRO = 1_000_000;

const observed = observeMachine();
const stack = await startBenchStack();
try {
  await soak();
} finally {
  await stack.stop();
}

async function balanceOf(user: number): Promise<number> {
  const [token = ''] = await stack.signInAs([user]);
  const answer = await fetch(`${stack.edge.url}/api/v1/credits/balance`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return Math.round(((await answer.json()) as { balance: number }).balance * MICRO);
}

async function soak(): Promise<void> {
  const startedAtMs = performance.now();
  const endsAtMs = startedAtMs + count('minutes') * 60_000;
  const traffic = new Traffic(stack, endsAtMs, count('pause-ms'));
  let user = 0;
  const each = <T>(clients: number, run: (user: number) => Promise<T>): Promise<T>[] =>
    Array.from({ length: clients }, () => run(user++));
  const spenders = await Promise.all(Array.from({ length: CLIENTS.spend }, (_, number) => balanceOf(number)));
  const told = Promise.all(each(CLIENTS.spend, (number) => traffic.spend(number)));
  const rest = Promise.all([
    ...each(CLIENTS.read, (number) => traffic.read(number)),
    ...each(CLIENTS.comeAndGo, (number) => traffic.comeAndGo(number)),
    ...each(CLIENTS.leave, (number) => traffic.leave(number)),
  ]);
  const failed = Promise.race([told, rest]).then(() => {});

  const samples: Record<string, number>[] = [];
  while (performance.now() < endsAtMs) {
    await Promise.race([sleep(count('sample-seconds') * 1_000), failed]);
    const sample: Record<string, number> = {};
    for (const [name, pid] of Object.entries(stack.processes())) sample[name] = await rssMiBOf(pid);
    samples.push(sample);
  }
  const [toldMicro] = [await told, await rest];
  await traffic.close();

  for (const [number, before] of spenders.entries()) {
    const spent = before - (await balanceOf(number));
    if (spent !== toldMicro[number]) throw new Error(`user ${number} was told ${toldMicro[number]} and spent ${spent}`);
  }
  await verifyLedger({ DATABASE_URL: stack.databaseUrl.replace(/[^/]*$/, 'turnpike_credits') });

  const at = (share: number): Record<string, number> =>
    samples[Math.min(samples.length - 1, Math.floor(samples.length * share))] ?? {};
  const [early, half, end] = [at(0.1), at(0.5), at(1)];
  const rows = Object.keys(end).map((name) => ({
    process: name,
    'MiB after a tenth': early[name] ?? Number.NaN,
    'after half': half[name] ?? Number.NaN,
    'at the end': end[name] ?? Number.NaN,
    most: Math.max(...samples.map((sample) => sample[name] ?? 0)),
  }));
  const answers = [...traffic.answers].toSorted(([a], [b]) => a.localeCompare(b));
  const machine = observed();
  process.stdout.write(`\n${markdown(rows)}\n\n${answers.map(([name, times]) => `${name} × ${times}`).join(', ')}\n`);
  process.stdout.write(
    `${count('minutes')} minutes; what was told is what was spent, and the ledger verifies; load average ${machine.loadAverageBefore} before, ${machine.loadAverageAfter} after\n`,
  );
  await writeResult('soak.json', `${JSON.stringify({ machine, samples, answers }, null, 2)}\n`);
}
