import { Console } from 'node:console';
import { parseArgs } from 'node:util';
import { cpuBetween, cpuSecondsOf } from '../cpu.ts';
import { writeResult } from '../results.ts';
import { fillAccounts } from './accounts.ts';
import { measureHttp, type Measured } from './http-load.ts';
import { startLedgerStack } from './stack.ts';
import { measureStatements } from './statements.ts';

/** Reserve and settle pairs per second: through the service and as bare statements, spread and on one account, in one run. */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '5' },
    'in-flight': { type: 'string', default: '64' },
    accounts: { type: 'string', default: '10000' },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const inFlight = Number(values['in-flight']);
const accounts = Number(values.accounts);

/** CPU that a pair costs, in microseconds, by who spends it. */
interface Cpu {
  readonly service: number;
  readonly postgres: number;
  readonly load: number;
}

interface Case {
  readonly name: string;
  readonly accounts: number;
  readonly goal: number;
  readonly http: (Measured & { readonly cpuMicros: Cpu })[];
  readonly bare: number[];
}

const cases: Case[] = [
  { name: `spread over ${accounts} accounts`, accounts, goal: 1_000, http: [], bare: [] },
  { name: 'one hot account', accounts: 1, goal: 2_500, http: [], bare: [] },
];

const stack = await startLedgerStack();

async function measureWithCpu(spread: number): Promise<Case['http'][number]> {
  const read = () => Promise.all([cpuSecondsOf(stack.servicePid), cpuSecondsOf(stack.postgresPid)]);
  const before = await read();
  const loadBefore = process.cpuUsage();
  const measured = await measureHttp({ ...stack, inFlight, seconds, accounts: spread });
  const load = process.cpuUsage(loadBefore);
  const after = await read();
  const perPair = (cpuSeconds: number): number => (cpuSeconds * 1e6) / (measured.pairsPerSecond * seconds);
  const [service, postgres] = [cpuBetween(before[0], after[0]), cpuBetween(before[1], after[1])];
  return {
    ...measured,
    cpuMicros: {
      service: perPair(service),
      postgres: perPair(postgres),
      load: perPair((load.user + load.system) / 1e6),
    },
  };
}

let bareBy = '';
try {
  await fillAccounts(stack.databaseUrl, accounts);
  // The JIT's first seconds count half; warm both paths up before measuring.
  for (const { accounts: spread } of cases)
    await measureHttp({ ...stack, inFlight, seconds: Math.min(seconds, 5), accounts: spread });
  for (let round = 1; round <= rounds; round += 1) {
    for (const one of cases) {
      one.http.push(await measureWithCpu(one.accounts));
      const bare = await measureStatements({
        databaseUrl: stack.databaseUrl,
        clients: inFlight,
        seconds,
        accounts: one.accounts,
      });
      bareBy = bare.by;
      one.bare.push(bare.pairsPerSecond);
      process.stderr.write(
        `round ${round}, ${one.name}: ${Math.round(one.http.at(-1)?.pairsPerSecond ?? 0)} pairs/s, bare ${Math.round(bare.pairsPerSecond)}\n`,
      );
    }
  }
} finally {
  await stack.stop();
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const rows = cases.map(({ name, goal, http, bare }) => {
  const rates = http.map((one) => one.pairsPerSecond);
  return {
    case: name,
    'pairs/s over HTTP (median)': Math.round(median(rates)),
    spread: `${Math.round(Math.min(...rates))}–${Math.round(Math.max(...rates))}`,
    'goal ≥': goal,
    [`bare statements (${bareBy})`]: Math.round(median(bare)),
    'p50 ms': Number(median(http.map((one) => one.p50Ms)).toFixed(1)),
    'p99 ms': Number(median(http.map((one) => one.p99Ms)).toFixed(1)),
    'CPU µs/pair: service': Math.round(median(http.map((one) => one.cpuMicros.service))),
    PostgreSQL: Math.round(median(http.map((one) => one.cpuMicros.postgres))),
    load: Math.round(median(http.map((one) => one.cpuMicros.load))),
    errors: http.reduce((sum, one) => sum + one.errors, 0),
  };
});
new Console(process.stdout).table(rows);
await writeResult('ledger.json', `${JSON.stringify({ seconds, rounds, inFlight, accounts, rows, cases }, null, 2)}\n`);
