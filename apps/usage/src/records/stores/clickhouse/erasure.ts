import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Database } from '../../../database.ts';
import { NIL_UUID } from '../../domain/roll-up.ts';
import type { ClickHouse } from './clickhouse.ts';
import { SUMMED } from './sums-rows.ts';
import { SUMS_TABLES, type SumsTable } from './tables.ts';

const counted = z.object({ found: z.coerce.number() });

/** Waits until the rows are gone from the files. */
const AT_ONCE = 'SETTINGS mutations_sync = 2';
const IS_THEIRS = '(user_id = {userId:UUID} OR owner_id = {userId:UUID})';

/**
 * Forgets a person in ClickHouse, and returns how many rows went or were blanked, by table. Sums cannot be renamed in place, so copies without the name
 * are made before the rows go; how far that is stands in PostgreSQL, and a copy that was interrupted is removed and made again. The caller keeps
 * others from storing meanwhile.
 */
export async function eraseUser(
  clickHouse: ClickHouse,
  database: Database,
  userId: string,
): Promise<Record<string, number>> {
  const { origin, copied } = await database.prisma.pendingErasure.upsert({
    where: { userId },
    create: { userId, origin: randomUUID() },
    update: {},
  });
  await database.prisma.unmatchedRecord.deleteMany({ where: { userId } });
  const records = await count(clickHouse, 'request_record FINAL', 'user_id = {userId:UUID}', userId);
  const sums = await Promise.all(SUMS_TABLES.map((table) => count(clickHouse, table, IS_THEIRS, userId)));
  if (!copied) {
    for (const table of SUMS_TABLES) await copyWithoutName(clickHouse, table, userId, origin);
    await database.prisma.pendingErasure.update({ where: { userId }, data: { copied: true } });
  }
  for (const table of SUMS_TABLES) await alter(clickHouse, table, `DELETE WHERE ${IS_THEIRS}`, { userId });
  await alter(clickHouse, 'request_record', 'DELETE WHERE user_id = {userId:UUID} AND organisation_id IS NULL', {
    userId,
  });
  await alter(
    clickHouse,
    'request_record',
    "UPDATE user_id = NULL, session_id = NULL, request_id = '', replay_of = NULL, caller = 'erased' WHERE user_id = {userId:UUID}",
    { userId },
  );
  await database.prisma.pendingErasure.delete({ where: { userId } });
  return { request_record: records, usage_rollup: sums.reduce((all, each) => all + each, 0) };
}

async function count(clickHouse: ClickHouse, table: string, condition: string, userId: string): Promise<number> {
  const sql = `SELECT count() AS found FROM ${clickHouse.database}.${table} WHERE ${condition}`;
  const [row] = await clickHouse.read(counted, sql, { userId });
  return row?.found ?? 0;
}

async function alter(
  clickHouse: ClickHouse,
  table: string,
  change: string,
  parameters: Record<string, string>,
): Promise<void> {
  await clickHouse.run(`ALTER TABLE ${clickHouse.database}.${table} ${change} ${AT_ONCE}`, parameters);
}

/** What was for themselves becomes nobody's, with keys and projects; what was within an organisation stays its own. */
async function copyWithoutName(
  clickHouse: ClickHouse,
  table: SumsTable,
  userId: string,
  origin: string,
): Promise<void> {
  const nil = `toUUID('${NIL_UUID}')`;
  const unless = (column: string): string => `if(owner_id = {userId:UUID}, ${nil}, ${column})`;
  const kept = 'environment, route, status_class, provider, model';
  await alter(clickHouse, table, 'DELETE WHERE origin = {origin:String}', { origin });
  await clickHouse.run(
    `INSERT INTO ${clickHouse.database}.${table} (unit, owner_id, at, user_id, key_id, project_id, ${kept}, origin, ${SUMMED.join(', ')})
     SELECT unit, ${unless('owner_id')}, at, ${nil}, ${unless('key_id')}, ${unless('project_id')}, ${kept}, {origin:String}, ${SUMMED.join(', ')}
       FROM ${clickHouse.database}.${table} WHERE ${IS_THEIRS} SETTINGS insert_deduplication_token = '${randomUUID()}'`,
    { userId, origin },
  );
}
