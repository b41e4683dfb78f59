import { bucketOf, floorTo, type Interval } from '../../stats/domain/stats.ts';
import type { RecordRow } from './record-row.ts';

/** What stands in sums for nobody and nothing, as their keys have no nulls. */
export const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** Units of sums. Totals leave out by whom and where. */
export type Unit = Interval | 'hour_total' | 'day_total';

/** Sums of one unit of time and of all that they can be grouped by. Amounts are micro-credits; histograms count by bucket, empty ones left out. */
export interface RollUp {
  readonly unit: Unit;
  readonly owner_id: string;
  readonly at: string;
  readonly user_id: string;
  readonly key_id: string;
  readonly project_id: string;
  readonly environment: string;
  readonly route: string;
  readonly status_class: number;
  readonly provider: string;
  readonly model: string;
  readonly requests: number;
  readonly errors: number;
  readonly blocked: number;
  readonly charged_micro: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
  readonly reasoning_tokens: number;
  readonly violations: number;
  readonly latency: ReadonlyMap<number, number>;
  readonly ttft: ReadonlyMap<number, number>;
}

type Growing = {
  -readonly [M in keyof RollUp]: RollUp[M] extends ReadonlyMap<number, number> ? Map<number, number> : RollUp[M];
};

const UNITS: readonly (readonly [Unit, Interval])[] = [
  ['minute', 'minute'],
  ['hour', 'hour'],
  ['day', 'day'],
  ['hour_total', 'hour'],
  ['day_total', 'day'],
];

/** The sums of some records: what `usage_write` adds to `usage_rollup` for them. */
export function rollUpsOf(rows: readonly RecordRow[]): RollUp[] {
  const found = new Map<string, Growing>();
  for (const row of rows)
    for (const [unit, interval] of UNITS) {
      const key = keyOf(row, unit, interval);
      const name = Object.values(key).join('\n');
      let sums = found.get(name);
      if (sums === undefined) found.set(name, (sums = { ...key, ...NOTHING, latency: new Map(), ttft: new Map() }));
      add(sums, row);
    }
  return [...found.values()];
}

function keyOf(row: RecordRow, unit: Unit, interval: Interval) {
  const total = unit !== interval;
  return {
    unit,
    owner_id: ownerOf(row),
    at: floorTo(interval, new Date(row.at)).toISOString(),
    user_id: total ? NIL_UUID : idOf(row.user_id),
    key_id: total ? NIL_UUID : idOf(row['key_id']),
    project_id: total ? NIL_UUID : idOf(row['project_id']),
    environment: textOf(row['environment']),
    route: total ? '' : textOf(row['route']),
    status_class: Math.trunc(numberOf(row['status']) / 100),
    provider: textOf(row['provider']),
    model: textOf(row['model']),
  };
}

const NOTHING = {
  requests: 0,
  errors: 0,
  blocked: 0,
  charged_micro: 0,
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  violations: 0,
} as const;

/** A row with the weight -1 takes back what was summed of it before. */
function add(sums: Growing, row: RecordRow): void {
  const weight = row['weight'] === -1 ? -1 : 1;
  const plus = (value: unknown): number => weight * numberOf(value);
  sums.requests += weight;
  if (numberOf(row['status']) >= 400) sums.errors += weight;
  if (row['blocked'] === true) sums.blocked += weight;
  sums.charged_micro += plus(row['charged_micro']);
  sums.input_tokens += plus(row['input_tokens']);
  sums.output_tokens += plus(row['output_tokens']);
  sums.cache_read_tokens += plus(row['cache_read_tokens']);
  sums.cache_write_tokens += plus(row['cache_write_tokens']);
  sums.reasoning_tokens += plus(row['reasoning_tokens']);
  sums.violations += plus(row['violations']);
  count(sums.latency, row['duration_us'], weight);
  count(sums.ttft, row['ttft_us'], weight);
}

function count(histogram: Map<number, number>, us: unknown, weight: number): void {
  if (typeof us !== 'number') return;
  const bucket = bucketOf(us);
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + weight);
}

/** Whose sums a record counts in: the organisation's that it acts within, otherwise the user's. */
export function ownerOf(row: RecordRow): string {
  return typeof row['organisation_id'] === 'string' ? row['organisation_id'] : idOf(row.user_id);
}

const idOf = (value: unknown): string => (typeof value === 'string' ? value : NIL_UUID);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Sums as they may be kept when somebody is erased: what was for themselves is nobody's, what was within an organisation stays its own. */
export function sumsWithoutErased(sums: RollUp, erased: ReadonlySet<string>): RollUp {
  const own = erased.has(sums.owner_id);
  if (!own && !erased.has(sums.user_id)) return sums;
  if (!own) return { ...sums, user_id: NIL_UUID };
  return { ...sums, owner_id: NIL_UUID, user_id: NIL_UUID, key_id: NIL_UUID, project_id: NIL_UUID };
}

/** The same sums, those with the same key as one. */
export function mergedSums(all: readonly RollUp[]): RollUp[] {
  const found = new Map<string, Growing>();
  for (const each of all) {
    const { unit, owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model } = each;
    const name = [
      unit,
      owner_id,
      at,
      user_id,
      key_id,
      project_id,
      environment,
      route,
      status_class,
      provider,
      model,
    ].join('\n');
    const sums = found.get(name);
    if (sums === undefined) found.set(name, { ...each, latency: new Map(each.latency), ttft: new Map(each.ttft) });
    else addSums(sums, each);
  }
  return [...found.values()];
}

function addSums(sums: Growing, more: RollUp): void {
  for (const name of Object.keys(NOTHING) as (keyof typeof NOTHING)[]) sums[name] += more[name];
  for (const [bucket, n] of more.latency) sums.latency.set(bucket, (sums.latency.get(bucket) ?? 0) + n);
  for (const [bucket, n] of more.ttft) sums.ttft.set(bucket, (sums.ttft.get(bucket) ?? 0) + n);
}
