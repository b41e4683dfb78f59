import { z } from 'zod';
import type { Keeping } from '../../usage-store.ts';
import type { ClickHouse } from './clickhouse.ts';
import { moment } from './record-query.ts';

const partition = z.object({ table: z.string(), id: z.string() });

/** Drops the partitions whose time is over, each as a whole, and returns how many went. */
export async function dropPartitions(clickHouse: ClickHouse, keeping: Keeping): Promise<number> {
  const before: Readonly<Record<string, Date>> = {
    request_record: keeping.recordsBefore,
    usage_minute: keeping.minutesBefore,
    usage_sums: keeping.sumsBefore,
  };
  const found = await clickHouse.read(
    partition,
    'SELECT DISTINCT table, partition_id AS id FROM system.parts WHERE active AND database = {database:String} AND table IN {tables:Array(String)}',
    { database: clickHouse.database, tables: Object.keys(before) },
  );
  const due = found.filter(({ table, id }) => endOf(id) <= (before[table] ?? new Date(0)));
  for (const { table, id } of due)
    await clickHouse.run(`ALTER TABLE ${clickHouse.database}.${table} DROP PARTITION ID {id:String}`, { id });
  return due.length;
}

const counted = z.object({ found: z.coerce.number() });

/** Removes an organisation's records from before a moment, and returns how many there were: parts are written anew only where there are some. */
export async function dropRecordsOf(clickHouse: ClickHouse, organisationId: string, before: Date): Promise<number> {
  const theirs = `organisation_id = {organisationId:UUID} AND at < ${moment('before')}`;
  const parameters = { organisationId, before: before.getTime() };
  const table = `${clickHouse.database}.request_record`;
  const [row] = await clickHouse.read(
    counted,
    `SELECT count() AS found FROM ${table} FINAL WHERE ${theirs}`,
    parameters,
  );
  const found = row?.found ?? 0;
  if (found > 0)
    await clickHouse.run(`ALTER TABLE ${table} DELETE WHERE ${theirs} SETTINGS mutations_sync = 2`, parameters);
  return found;
}

/** When a partition ends: it is named for its day (`20261128`) or its month (`202611`). */
function endOf(id: string): Date {
  const [year, month, day] = [id.slice(0, 4), id.slice(4, 6), id.slice(6, 8)].map(Number);
  return new Date(
    day === 0 ? Date.UTC(year ?? 0, month ?? 1, 1) : Date.UTC(year ?? 0, (month ?? 1) - 1, (day ?? 0) + 1),
  );
}
