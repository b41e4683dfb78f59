import { median } from '../statistics.ts';
import type { ContenderName } from './contenders.ts';
import type { CpuResult } from './measure-cpu.ts';
import type { MemoryResult } from './measure-memory.ts';
import type { SseResult } from './measure-sse.ts';
import type { LatencyRound, RateRound } from './measure-suite.ts';
import type { WorkersResult } from './measure-workers.ts';

/** Everything that one run found. */
export interface Findings {
  readonly cpu?: readonly CpuResult[];
  readonly metered?: readonly RateRound[];
  readonly latency?: readonly LatencyRound[];
  /** Milliseconds, ascending. */
  readonly revocation?: readonly number[];
  readonly sse?: SseResult;
  readonly memory?: MemoryResult;
  readonly workers?: WorkersResult;
}

export type Row = Readonly<Record<string, string | number>>;

/** Goals for the edge's CPU per request, as multiples of what the others spend. */
const CPU_GOALS: Partial<Record<ContenderName, number>> = {
  nginx: 1.3,
  'nginx, kept': 1.3,
  'http-proxy-middleware': 0.6,
  'hand-written': 0.15,
};

/** One line per contender: CPU per request, and what the edge spends as a multiple of it. */
export function cpuRows(results: readonly CpuResult[]): Row[] {
  const middle = (name: ContenderName): number =>
    median(results.find(({ contender }) => contender === name)?.rounds.map(({ micros }) => micros) ?? []);
  return results.map(({ contender, does, rounds, voided }) => {
    const micros = rounds.map((round) => round.micros);
    const goal = CPU_GOALS[contender];
    return {
      contender,
      'what it does': does,
      'CPU µs/request': round(median(micros), 1),
      spread: `${round(Math.min(...micros), 1)}–${round(Math.max(...micros), 1)}`,
      'edge ÷ this': contender === 'edge' ? '' : round(middle('edge') / median(micros), 2),
      goal: goal === undefined ? '' : `≤ ${goal}`,
      'requests/s': Math.round(median(rounds.map(({ requestsPerSecond }) => requestsPerSecond))),
      'share of its core': round(median(rounds.map(({ coreShare }) => coreShare)), 2),
      'rounds voided': voided,
    };
  });
}

/** One line per other figure. */
export function suiteRows({ metered, latency, revocation, sse, memory, workers }: Findings): Row[] {
  const rows: Row[] = [];
  if (metered !== undefined) {
    const valid = metered.filter(({ errors }) => errors === 0).map(({ requestsPerSecond }) => requestsPerSecond);
    rows.push(row('metered requests/s, whole suite', valid, 0, '≥ 1000', metered.length - valid.length));
  }
  if (latency !== undefined) {
    const valid = latency.filter(({ errors }) => errors === 0);
    const voided = latency.length - valid.length;
    const added = (of: 'p50' | 'p99'): number[] => valid.map(({ direct, edge }) => edge[of] - direct[of]);
    rows.push(
      row('added latency p50, ms', added('p50'), 2, '≤ 1', voided),
      row('added latency p99, ms', added('p99'), 2, '≤ 10', voided),
    );
  }
  if (revocation !== undefined) {
    const of = `median ${round(median(revocation), 1)}, of ${revocation.length}`;
    rows.push({
      figure: 'revocation, worst, ms',
      value: round(revocation.at(-1) ?? Number.NaN, 1),
      spread: of,
      goal: '≤ 1000',
      'rounds voided': 0,
    });
  }
  if (sse !== undefined) {
    const { direct, edge } = sse;
    const of = `worst ${round(edge.worst, 1)} through the edge, ${round(direct.worst, 1)} directly; median ${round(edge.p50, 2)} and ${round(direct.p50, 2)}; ${edge.events} events`;
    rows.push({
      figure: 'SSE, worst delay added, ms',
      value: round(edge.worst - direct.worst, 1),
      spread: of,
      goal: '≤ 50',
      'rounds voided': 0,
    });
  }
  if (memory !== undefined) {
    const { credentials, filledMiB, rssMiB, voided } = memory;
    const of = `${filledMiB} when ${credentials} credentials were cached; then ${Math.min(...rssMiB)}–${Math.max(...rssMiB)}, at the end ${rssMiB.at(-1)}`;
    rows.push({
      figure: 'edge memory under mixed traffic, worst RSS, MiB',
      value: Math.max(filledMiB, ...rssMiB),
      spread: of,
      goal: '≤ 300',
      'rounds voided': voided,
    });
  }
  if (workers !== undefined) {
    const { one, two, voided } = workers;
    const capacity = one.map(({ micros }, index) => (2 * micros) / (two[index]?.micros ?? Number.NaN));
    const rates = `${Math.round(median(one.map((round) => round.requestsPerSecond)))} and ${Math.round(median(two.map((round) => round.requestsPerSecond)))} requests/s here`;
    rows.push({
      ...row('2 workers against 1, requests per CPU second', capacity, 2, '≥ 1.7', voided),
      spread: `${round(Math.min(...capacity), 2)}–${round(Math.max(...capacity), 2)}; ${rates}`,
    });
  }
  return rows;
}

/** The rows as a Markdown table. */
export function markdown(rows: readonly Row[]): string {
  const [first] = rows;
  if (first === undefined) return '';
  const names = Object.keys(first);
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(names),
    line(names.map(() => '---')),
    ...rows.map((one) => line(names.map((name) => one[name] ?? ''))),
  ].join('\n');
}

function row(figure: string, values: readonly number[], digits: number, goal: string, voided: number): Row {
  const spread = `${round(Math.min(...values), digits)}–${round(Math.max(...values), digits)}`;
  return { figure, value: round(median(values), digits), spread, goal, 'rounds voided': voided };
}

/** To so many digits after the point. */
export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
