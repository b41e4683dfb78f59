import { z } from 'zod';
import { StoreUnavailableError } from '@turnpike/service-kit';
import type { Database, Db } from '../../../database.ts';
import { trafficOf } from '../../../traffic/domain/traffic-sums.ts';
import { withoutErased } from '../../domain/erased-row.ts';
import { timeOfRecordId } from '../../domain/record-id.ts';
import type { RecordRow } from '../../domain/record-row.ts';
import { rollUpsOf } from '../../domain/roll-up.ts';
import { lateMember } from '../../late/late-rows.ts';
import type { StoredBatch, UsageStore } from '../../usage-store.ts';
import { complete, match } from './calls.ts';
import type { ClickHouse } from './clickhouse.ts';
import { eraseUser } from './erasure.ts';
import { dropPartitions, dropRecordsOf } from './partitions.ts';
import { conditionOf, insertedRecord, moment, RECORD_COLUMNS, storedRecord, type Condition } from './record-query.ts';
import { statsOf } from './stats-query.ts';
import { insertSums } from './sums-rows.ts';
import { tablesOf } from './tables.ts';

/** How long before a moment a request may have begun that still held credits then, in milliseconds. */
const HELD_FOR_MS_MAX = 3_600_000;
/** Batches that are written at once. */
const BATCHES_AT_ONCE = 4;

const counted = z.object({ found: z.coerce.number() });
const appended = z.object({ noted: z.int() });
const ofLastDay = z.object({ all: z.coerce.number(), failed: z.coerce.number() });
const charged = z.object({ charged: z.coerce.bigint() });

/**
 * Request records in ClickHouse. It has no transactions, so a batch is three blocks (records, sums by minute, other sums) that carry the batch's name as
 * their token: written again after whatever interruption, each is stored once. When all three are there, `postgres` notes the batch, by which one that
 * comes much later is known. `postgres` also keeps all that is small, and what it held before ClickHouse came ages and is erased there.
 */
export function createClickHouseStore(clickHouse: ClickHouse, database: Database, postgres: UsageStore): UsageStore {
  const recordsTable = `${clickHouse.database}.request_record FINAL`;
  const newestFirst = 'ORDER BY at DESC, id DESC';

  async function select({ sql, parameters }: Condition, limit: number, offset = 0) {
    return clickHouse.read(
      storedRecord,
      `SELECT ${RECORD_COLUMNS} FROM ${recordsTable} WHERE ${sql} ${newestFirst} LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
      { ...parameters, limit, offset },
    );
  }

  async function write({ producer, sequence }: StoredBatch, rows: readonly RecordRow[]): Promise<void> {
    const token = `${producer}:${sequence}`;
    const written = rows.map((row) => insertedRecord(row, 0));
    await Promise.all([
      clickHouse.insert('request_record', written, token),
      insertSums(clickHouse, rollUpsOf(rows), token),
    ]);
  }

  const completeOutside = (): Promise<void> =>
    database.transaction(async (db) => {
      await holdOffErasures(db);
      await complete(db, clickHouse);
    });

  return {
    async prepare() {
      await postgres.prepare();
      for (const statement of tablesOf(clickHouse.database)) await clickHouse.run(statement);
      await completeOutside();
    },

    check: () => clickHouse.ping(),

    async append(batches) {
      const stored = await database.transaction(async (db) => {
        await holdOffErasures(db);
        const fresh = await freshOf(db, batches);
        const erased = await erasedAmong(db, fresh);
        let records = 0;
        for (let from = 0; from < fresh.length; from += BATCHES_AT_ONCE)
          await Promise.all(
            fresh.slice(from, from + BATCHES_AT_ONCE).map(async (batch) => {
              const rows = batch.rows.flatMap((row) => withoutErased(row, erased) ?? []);
              records += rows.length;
              await write(batch, rows);
            }),
          );
        const names = JSON.stringify(
          fresh.map(({ producer, sequence, rows }) => ({
            ...lateMember(rows),
            e: producer,
            q: sequence,
            t: trafficOf(rows),
          })),
        );
        const { noted } = await db.one(appended)`
          SELECT batches::int AS noted FROM usage_append(${names}::jsonb, '[]')`;
        // Blocks are written once by their token; what calls complete is not, and must come of one of the two.
        if (noted !== fresh.length)
          throw new StoreUnavailableError('A batch that another process stores at this moment', {});
        await match(db, fresh, erased);
        return { batches: fresh.length, records };
      });
      await completeOutside();
      return stored;
    },

    async find(id) {
      const at = timeOfRecordId(id);
      if (at === undefined) return undefined;
      const sql = `at = ${moment('at')} AND id = {id:UUID}`;
      const [record] = await select({ sql, parameters: { at: at.getTime(), id } }, 1);
      return record;
    },

    list: (filter, { limit, offset, before }) => select(conditionOf(filter, before), limit, offset),

    async count(filter, max) {
      const { sql, parameters } = conditionOf(filter, undefined);
      const [row] = await clickHouse.read(
        counted,
        `SELECT count() AS found FROM (SELECT 1 FROM ${recordsTable} WHERE ${sql} LIMIT {max:UInt32})`,
        { ...parameters, max },
      );
      return row?.found ?? 0;
    },

    stats: (question) => statsOf(clickHouse, question),

    async organisationsIn(from, to, after, limit) {
      const on = after === undefined ? '' : ' AND organisation_id > {after:UUID}';
      const rows = await clickHouse.read(
        z.object({ id: z.string() }),
        `SELECT DISTINCT assumeNotNull(organisation_id) AS id FROM ${recordsTable}
          WHERE at >= ${moment('from')} AND at < ${moment('to')} AND organisation_id IS NOT NULL${on} ORDER BY id LIMIT {limit:UInt32}`,
        { from: from.getTime(), to: to.getTime(), limit, ...(after === undefined ? {} : { after }) },
      );
      return rows.map(({ id }) => id);
    },

    async ofLastDay(organisationId) {
      const own = organisationId === undefined ? '' : ' AND owner_id = {owner:UUID}';
      const [row] = await clickHouse.read(
        ofLastDay,
        `SELECT sum(requests) AS all, sum(errors) AS failed FROM ${clickHouse.database}.usage_sums
          WHERE unit = 'hour_total' AND at > now() - INTERVAL 24 HOUR${own}`,
        organisationId === undefined ? {} : { owner: organisationId },
      );
      return { requests: row?.all ?? 0, errors: row?.failed ?? 0 };
    },

    async chargedOn(day) {
      const [row] = await clickHouse.read(
        charged,
        `SELECT sum(charged_micro) AS charged FROM ${clickHouse.database}.usage_sums
          WHERE unit = 'day_total' AND at = toDateTime({day:Int64}, 'UTC')`,
        { day: Math.floor(day.getTime() / 1_000) },
      );
      return row?.charged ?? 0n;
    },

    heldAt({ userId, organisationId }, at, limit) {
      const payer = organisationId === null ? 'organisation_id IS NULL AND ' : '';
      const sql = `${payer}owner_id = {owner:UUID} AND at >= ${moment('since')} AND at <= ${moment('at')} AND hold_id IS NOT NULL
        AND toUnixTimestamp64Milli(at) * 1000 + duration_us > {at:Int64} * 1000`;
      const parameters = { owner: organisationId ?? userId, at: at.getTime(), since: at.getTime() - HELD_FOR_MS_MAX };
      return select({ sql, parameters }, limit);
    },

    exportRecords(userId, last, limit) {
      const after =
        last === undefined ? '' : ` AND (at < ${moment('at')} OR (at = ${moment('at')} AND id < {last:UUID}))`;
      const parameters = { userId, ...(last === undefined ? {} : { at: last.at.getTime(), last: last.id }) };
      return select({ sql: `user_id = {userId:UUID}${after}`, parameters }, limit);
    },

    erase: (userId) =>
      database.transaction(async (db) => {
        await db.prisma.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('usage erasure'))`;
        await complete(db, clickHouse);
        const before = await postgres.erase(userId);
        const now = await eraseUser(clickHouse, database, userId);
        return Object.fromEntries(
          [...new Set([...Object.keys(before), ...Object.keys(now)])].map((table) => [
            table,
            (before[table] ?? 0) + (now[table] ?? 0),
          ]),
        );
      }),

    async dropRecords(organisationId, before) {
      const removed = await postgres.dropRecords(organisationId, before);
      return removed + (await dropRecordsOf(clickHouse, organisationId, before));
    },

    async drop(keeping) {
      return (await postgres.drop(keeping)) + (await dropPartitions(clickHouse, keeping));
    },

    async close() {
      await clickHouse.close();
      await postgres.close();
    },
  };
}

/** Whoever is being erased must not be written behind the erasure's back. */
async function holdOffErasures({ prisma }: Db): Promise<void> {
  await prisma.$executeRaw`SELECT pg_advisory_xact_lock_shared(hashtext('usage erasure'))`;
}

/** The batches that are not stored yet, each once. */
async function freshOf({ prisma }: Db, batches: readonly StoredBatch[]): Promise<StoredBatch[]> {
  const names = batches.map(({ producer, sequence }) => ({ producer, sequence: BigInt(sequence) }));
  const known = await prisma.storedBatch.findMany({ where: { OR: names }, select: { producer: true, sequence: true } });
  const seen = new Set(known.map(({ producer, sequence }) => `${producer}:${sequence}`));
  return batches.filter(({ producer, sequence }) => {
    const name = `${producer}:${sequence}`;
    return !seen.has(name) && seen.add(name);
  });
}

async function erasedAmong({ prisma }: Db, batches: readonly StoredBatch[]): Promise<Set<string>> {
  const people = new Set(
    batches.flatMap(({ rows, completions }) =>
      [...rows, ...completions].flatMap(({ user_id: userId }) => userId ?? []),
    ),
  );
  const found = await prisma.erasedUser.findMany({ where: { userId: { in: [...people] } }, select: { userId: true } });
  return new Set(found.map(({ userId }) => userId));
}
