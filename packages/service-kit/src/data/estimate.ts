import { z } from 'zod';
import type { Query } from './sql.ts';

/** Rows up to which a table is counted. */
const COUNTED_MAX = 1_000;

const small = z.tuple([z.object({ rows: z.number() })]);
const plan = z.tuple([
  z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: z.object({ 'Plan Rows': z.number() }) })]) }),
]);

/** How many rows there are, and whether that is what the database's statistics say. */
export interface Count {
  readonly rows: number;
  readonly estimated: boolean;
}

/**
 * How many rows of a table meet each of some conditions. A table of at most 1,000 rows is counted; of a larger one the planner's estimates are
 * taken, so that no figure reads a whole table. Table and conditions are fixed SQL of ours, with `now()` for the moment, which the planner knows.
 */
export async function countOrEstimate<K extends string>(
  query: Query,
  table: string,
  conditions: Readonly<Record<K, string>>,
): Promise<Record<K, Count>> {
  const [{ rows: seen }] = small.parse(
    await query(`SELECT count(*)::int AS rows FROM (SELECT FROM ${table} LIMIT ${COUNTED_MAX + 1}) AS counted`),
  );
  const estimated = seen > COUNTED_MAX;
  const entries = await Promise.all(
    Object.entries<string>(conditions).map(async ([name, condition]) => {
      const rows = estimated ? await estimate(query, table, condition) : await count(query, table, condition);
      return [name, { rows, estimated }] as const;
    }),
  );
  return Object.fromEntries(entries) as Record<K, Count>;
}

async function count(query: Query, table: string, condition: string): Promise<number> {
  const [{ rows }] = small.parse(await query(`SELECT count(*)::int AS rows FROM ${table} WHERE ${condition}`));
  return rows;
}

async function estimate(query: Query, table: string, condition: string): Promise<number> {
  const explained = plan.parse(await query(`EXPLAIN (FORMAT JSON) SELECT FROM ${table} WHERE ${condition}`));
  return explained[0]['QUERY PLAN'][0].Plan['Plan Rows'];
}
