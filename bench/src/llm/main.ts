import { Agent } from 'undici';
import { markdown, round, type Row } from '../edge/report.ts';
import { readFlags } from '../flags.ts';
import { observeMachine, writeResult } from '../results.ts';
import { median } from '../statistics.ts';
import { measureDelay, measureEventCpu, measureLatency, measureMemory, type LatencyRound } from './measure.ts';
import { startLlmStack, type LlmStack } from './stack.ts';

/** What the LLM gateway adds to a streamed call with everything on, beside the vendor asked directly. See bench/README.md. */

const { count } = readFlags({
  rounds: 5,
  calls: 500,
  clients: 4,
  warmup: 3_000,
  pieces: 20,
  events: 2_000,
  streams: 50,
  open: 1_000,
});
const observed = observeMachine();
const say = (line: string): void => void process.stderr.write(`${line}\n`);
/** Answers may come in for minutes; connections are kept, as SDKs do. */
const dispatcher = new Agent({ connections: null, keepAliveTimeout: 60_000, headersTimeout: 60_000, bodyTimeout: 0 });
const PIECES = { events: count('pieces'), intervalMs: 0 };
const DELAYED = { events: 100, intervalMs: 20 };
const CPU_CALLS = 20;

const stack = await startLlmStack();
try {
  await measureAll(stack);
} finally {
  await dispatcher.close();
  await stack.stop();
}

async function measureAll({ vendor, gateway }: LlmStack): Promise<void> {
  const targets = [vendor, gateway];
  for (const target of targets) await measureLatency(target, count('warmup'), count('clients'), PIECES, dispatcher);
  say('everything is warm');
  const rounds: Readonly<Record<string, LatencyRound>>[] = [];
  for (let made = 0; made < count('rounds'); made += 1) {
    const found: Record<string, LatencyRound> = {};
    for (const target of targets)
      found[target.name] = await measureLatency(target, count('calls'), count('clients'), PIECES, dispatcher);
    rounds.push(found);
  }
  say('latency: done');
  const delays = [];
  for (const target of targets)
    delays.push([target.name, await measureDelay(target, count('streams'), DELAYED, dispatcher)] as const);
  say('delay of events: done');
  const cpu = await measureEventCpu(stack, CPU_CALLS, count('events'), dispatcher);
  say('CPU of events: done');
  const memory = await measureMemory(stack, count('open'), dispatcher);
  const rows: Row[] = [
    row('added until the first text, p50, ms', rounds, 'first', 'p50'),
    row('added until the first text, p99, ms', rounds, 'first', 'p99'),
    row('added until the end, p50, ms', rounds, 'whole', 'p50'),
    row('added until the end, p99, ms', rounds, 'whole', 'p99'),
  ];
  for (const [name, { p50, p99, worst }] of delays)
    rows.push({
      figure: `${name}: from the writing of an event to its reading, p50, ms`,
      value: round(p50, 2),
      spread: `p99 ${round(p99, 1)}, worst ${round(worst, 1)}`,
    });
  rows.push(
    { figure: 'CPU of one event, edge, µs', value: round(cpu.edge, 1), spread: '' },
    { figure: 'CPU of one event, LLM gateway, µs', value: round(cpu.llm, 1), spread: '' },
  );
  for (const [name, value] of Object.entries(memory))
    rows.push({
      figure: name.endsWith('KiB') ? `memory of an open stream, ${name}` : `memory with ${count('open')} open, ${name}`,
      value: round(value, 1),
      spread: '',
    });
  const machine = observed();
  process.stdout.write(`\n${markdown(rows)}\n\n${new Date().toISOString()}; ${JSON.stringify(machine)}\n`);
  await writeResult('llm.json', `${JSON.stringify({ machine, rounds, delays, cpu, memory }, undefined, 2)}\n`);
}

/** What the gateway adds to the vendor's own figure, round by round. */
function row(
  figure: string,
  rounds: readonly Readonly<Record<string, LatencyRound>>[],
  part: keyof LatencyRound,
  of: 'p50' | 'p99',
): Row {
  const figureOf = (found: LatencyRound | undefined): number => found?.[part][of] ?? Number.NaN;
  const values = rounds.map((found) => figureOf(found['gateway']) - figureOf(found['vendor']));
  const spread = `${round(Math.min(...values), 2)}–${round(Math.max(...values), 2)}`;
  return { figure, value: round(median(values), 2), spread };
}
