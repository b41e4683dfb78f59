import { Counter, Gauge } from '@prometheus-io/client';
import { z } from 'zod';
import type { Logger } from '../process/logger.ts';
import type { Metrics } from '../process/metrics.ts';
import { runBatches } from './batches.ts';
import type { Query } from './sql.ts';

/** Rows removed by one statement: far from any statement timeout, and its locks are short. */
const BATCH_MAX = 1_000;

/** How long rows of a table are kept. Names and condition are fixed SQL of ours. */
export interface Retention {
  readonly table: string;
  /** Column of the moment that is counted from. It needs an index, with `condition` or a part of it as predicate. */
  readonly column: string;
  /** How long rows are kept after that moment, in seconds. */
  readonly keptSeconds: number;
  /** What else must be true of a row, as SQL. */
  readonly condition?: string;
  /** Tells it from another retention of the same table and column in metrics. */
  readonly rows?: string;
}

/** What ends the rows of a table that no retention sweeps, or bounds them. */
export interface TableLife {
  /** When rows go, or why no more come than there are things to tell of. */
  readonly life: string;
  /** What removes them; none where they stay. */
  readonly endedBy?: string;
  /** What shows that it is behind, beside the table's size (`turnpike_table_bytes`). */
  readonly metric?: string;
}

/** By table. With the retentions, every table of a database has one life; docs/reference/retention.md shows them, and a test fails on a table without. */
export type TableLives = Readonly<Record<string, TableLife>>;

export interface RetentionOptions {
  readonly query: Query;
  readonly retentions: readonly Retention[];
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Returns the job that removes rows past their retention, each table in batches until nothing is left and independently
 * of the others; instances share the rows. Alert on `turnpike_retention_lag_seconds`, which tells how long the oldest row has
 * been due.
 */
export function createRetentionSweep(options: RetentionOptions): (signal: AbortSignal) => Promise<void> {
  const { query, retentions, logger, metrics } = options;
  const removed = new Counter({
    name: 'turnpike_retention_removed_total',
    help: 'Rows removed because they had served their time, by table and column.',
    labelNames: ['rows'],
    registers: [metrics.registry],
  });
  exposeLag(options);
  exposeTableSizes(options);
  return async (signal) => {
    for (const retention of retentions) {
      const rows = labelOfRetention(retention);
      const next = batchesOf(query, retention);
      try {
        await runBatches(async () => {
          const taken = await next();
          removed.inc({ rows }, taken);
          return taken;
        }, signal);
      } catch (err) {
        if (!signal.aborted) logger.warn({ err, rows }, 'old rows could not be removed; the next sweep tries again');
      }
    }
  };
}

const batch = z.tuple([z.object({ removed: z.int(), until: z.string().nullable() })]);
/** By the place of the retention in the list. */
const overdue = z.array(z.object({ index: z.int(), seconds: z.number() }));

/**
 * Each batch goes on from the moment at which the one before it ended: the rows that it removed are still in the index until they are
 * vacuumed, and a batch that passed them all would take the longer the more are gone.
 */
function batchesOf(query: Query, { table, column, keptSeconds, condition = 'true' }: Retention): () => Promise<number> {
  let from = '-infinity';
  return async () => {
    const removal = await query(
      `WITH removed AS (
         DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM ${table}
            WHERE ${column} < now() - $1::float8 * interval '1 second' AND ${column} >= $2::timestamptz AND (${condition})
            ORDER BY ${column} LIMIT $3::int FOR UPDATE SKIP LOCKED))
         RETURNING ${column} AS moment)
       SELECT count(*)::int AS removed, max(moment)::text AS until FROM removed`,
      keptSeconds,
      from,
      BATCH_MAX,
    );
    const [{ removed, until }] = batch.parse(removal);
    from = until ?? from;
    return removed;
  };
}

/** Read from the database when metrics are scraped, so that every process tells the same. */
function exposeLag({ query, retentions, logger, metrics }: RetentionOptions): void {
  // Looked for in the order of the index, and among due rows only: an aggregate would read them all where the condition is a join.
  const sql = retentions
    .map(
      ({ table, column, keptSeconds, condition = 'true' }, index) =>
        `(SELECT ${index} AS index, (extract(epoch FROM now() - ${column}) - ${keptSeconds})::float8 AS seconds FROM ${table}
           WHERE ${column} < now() - ${keptSeconds} * interval '1 second' AND (${condition}) ORDER BY ${column} LIMIT 1)`,
    )
    .join(' UNION ALL ');
  const lag = new Gauge({
    name: 'turnpike_retention_lag_seconds',
    help: 'For how long the oldest row that has served its time has been due for removal, by table and column.',
    labelNames: ['rows'],
    registers: [metrics.registry],
    async collect() {
      try {
        const due = overdue.parse(await query(sql));
        for (const [index, retention] of retentions.entries())
          lag.set({ rows: labelOfRetention(retention) }, due.find((row) => row.index === index)?.seconds ?? 0);
      } catch (err) {
        // A database that is down must not take the other metrics with it.
        logger.debug({ err }, 'retention lag could not be read');
      }
    },
  });
}

/** Sizes as PostgreSQL knows them, of partitions under the name of their table. */
const TABLE_SIZES = `
  SELECT coalesce(parent.relname, c.relname)::text AS table, sum(pg_total_relation_size(c.oid))::float8 AS bytes
    FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class parent ON parent.oid = i.inhparent
   WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace GROUP BY 1`;

const tableSizes = z.array(z.object({ table: z.string(), bytes: z.number() }));

function exposeTableSizes({ query, logger, metrics }: RetentionOptions): void {
  new Gauge({
    name: 'turnpike_table_bytes',
    help: 'Size of a table with its indexes and partitions, as PostgreSQL knows it.',
    labelNames: ['table'],
    registers: [metrics.registry],
    async collect() {
      try {
        for (const { table, bytes } of tableSizes.parse(await query(TABLE_SIZES))) this.set({ table }, bytes);
      } catch (err) {
        logger.debug({ err }, 'sizes of tables could not be read');
      }
    },
  });
}

/** The label of its rows in metrics. */
export function labelOfRetention({ table, column, rows }: Retention): string {
  return rows ?? `${table}.${column}`;
}
