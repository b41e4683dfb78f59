import { z } from 'zod';
import type { CopySource, CopyTarget } from '../../copying/copyable-store.ts';
import type { RecordRow } from '../../domain/record-row.ts';
import type { RollUp } from '../../domain/roll-up.ts';
import type { ClickHouse } from './clickhouse.ts';
import { insertedRecord, moment, RECORD_COLUMNS } from './record-query.ts';
import { SUMS, sumsRow, type histogramRow } from './stats-query.ts';
import { insertedSums } from './sums-rows.ts';
import { tableOf } from './tables.ts';

const DAY_MS = 86_400_000;
/** What tells sums that were copied here from those that were summed here. */
const ORIGIN = 'import';

const KEY = 'owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model';
const KEY_TYPES = `{owner_id:UUID}, toDateTime({atSeconds:Int64}, 'UTC'), {user_id:UUID}, {key_id:UUID}, {project_id:UUID}, {environment:String},
  {route:String}, {status_class:UInt8}, {provider:String}, {model:String}`;

const span = z.object({ found: z.coerce.number(), first: z.string(), last: z.string() });
const recordRow = z.looseObject({
  at: z.string(),
  id: z.string(),
  owner_id: z.string(),
  user_id: z.string().nullable(),
});
const rollUpRow = sumsRow.extend({
  unit: z.enum(['minute', 'hour', 'day', 'hour_total', 'day_total']),
  owner_id: z.string(),
  at: z.string(),
  user_id: z.string(),
  key_id: z.string(),
  project_id: z.string(),
  environment: z.string(),
  route: z.string(),
  status_class: z.number(),
  provider: z.string(),
  model: z.string(),
});

const seconds = (at: Date): number => Math.floor(at.getTime() / 1_000);
const withinDay = "at >= toDateTime({day:Int64}, 'UTC') AND at < toDateTime({nextDay:Int64}, 'UTC')";
const dayParameters = (day: Date) => ({ day: seconds(day), nextDay: seconds(day) + DAY_MS / 1_000 });

/** What a ClickHouse holds, to be copied. */
export function clickHouseSource(clickHouse: ClickHouse): CopySource {
  const { database } = clickHouse;
  return {
    async span(unit) {
      const from = unit === 'record' ? 'request_record' : `${tableOf(unit)} WHERE unit = {unit:String}`;
      const sql = `SELECT count() AS found, min(at) AS first, max(at) AS last FROM ${database}.${from}`;
      const [row] = await clickHouse.read(span, sql, { unit });
      return row === undefined || row.found === 0
        ? undefined
        : { first: new Date(row.first), last: new Date(row.last) };
    },

    async records(day, after, limit) {
      const on =
        after === undefined ? '' : `AND (owner_id, at, id) > ({owner:UUID}, ${moment('afterAt')}, {afterId:UUID})`;
      const rows = await clickHouse.read(
        recordRow,
        `SELECT owner_id, ${RECORD_COLUMNS}, provider, model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, ttft_us,
                violations, blocked
           FROM ${database}.request_record FINAL WHERE ${withinDay} ${on} ORDER BY owner_id, at, id LIMIT {limit:UInt32}`,
        {
          ...dayParameters(day),
          limit,
          ...(after === undefined
            ? {}
            : { owner: after['owner_id'], afterAt: new Date(after.at).getTime(), afterId: after.id }),
        },
      );
      return rows.map((row): RecordRow => ({ ...row, model_call: parsed(row['model_call']) }));
    },

    async sums(unit, day, after, limit) {
      const on = after === undefined ? '' : `AND (${KEY}) > (${KEY_TYPES})`;
      const rows = await clickHouse.read(
        rollUpRow,
        `SELECT unit, ${KEY}, ${SUMS} FROM ${database}.${tableOf(unit)} WHERE unit = {unit:String} AND ${withinDay} ${on}
          GROUP BY unit, ${KEY} ORDER BY ${KEY} LIMIT {limit:UInt32}`,
        {
          ...dayParameters(day),
          unit,
          limit,
          ...(after === undefined ? {} : { ...after, atSeconds: seconds(new Date(after.at)) }),
        },
      );
      return rows.map(rollUpOf);
    },
  };
}

function parsed(call: unknown): unknown {
  return typeof call === 'string' ? JSON.parse(call) : null;
}

function rollUpOf(row: z.output<typeof rollUpRow>): RollUp {
  const { unit, owner_id, user_id, key_id, project_id, environment, route, status_class, provider, model } = row;
  return {
    unit,
    owner_id,
    at: new Date(row.at).toISOString(),
    user_id,
    key_id,
    project_id,
    environment,
    route,
    status_class,
    provider,
    model,
    requests: row.sum_requests,
    errors: row.sum_errors,
    blocked: row.sum_blocked,
    charged_micro: Number(row.sum_charged),
    input_tokens: row.sum_input,
    output_tokens: row.sum_output,
    cache_read_tokens: row.sum_cache_read,
    cache_write_tokens: row.sum_cache_write,
    reasoning_tokens: row.sum_reasoning,
    violations: row.sum_violations,
    latency: mapOf(row.sum_latency),
    ttft: mapOf(row.sum_ttft),
  };
}

function mapOf([buckets, counts]: z.output<typeof histogramRow>): Map<number, number> {
  return new Map(buckets.map((bucket, place) => [bucket, counts[place] ?? 0]));
}

const found = z.object({ found: z.coerce.number() });

/** A ClickHouse that a copy goes into. Sums of a day that was not complete are removed by their origin and copied anew. */
export function clickHouseTarget(clickHouse: ClickHouse): CopyTarget {
  const { database } = clickHouse;
  return {
    async isComplete({ unit, at }) {
      const sql = `SELECT count() AS found FROM ${database}.imported WHERE unit = {unit:String} AND at = toDateTime({at:Int64}, 'UTC')`;
      const [row] = await clickHouse.read(found, sql, { unit, at: seconds(at) });
      return row !== undefined && row.found > 0;
    },

    prepareDay: () => Promise.resolve(),

    async addRecords(rows) {
      // One that was complete there is so here; the newest version wins, so what came later stays.
      await clickHouse.insert(
        'request_record',
        rows.map((row) => insertedRecord(row, 0)),
      );
    },

    async addSums(unit, day, pages) {
      await clickHouse.run(
        `ALTER TABLE ${database}.${tableOf(unit)} DELETE WHERE unit = {unit:String} AND ${withinDay} AND origin = {origin:String} SETTINGS mutations_sync = 2`,
        { ...dayParameters(day), unit, origin: ORIGIN },
      );
      for (let page = await pages(undefined); page !== undefined; page = await pages(page.last))
        await clickHouse.insert(
          tableOf(unit),
          page.sums.map((each) => insertedSums(each, ORIGIN)),
        );
    },

    async noteComplete({ unit, at }) {
      await clickHouse.insert('imported', [{ unit, at: at.toISOString() }]);
    },
  };
}
