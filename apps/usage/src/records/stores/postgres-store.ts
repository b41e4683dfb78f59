import { z } from 'zod';
import type { Database } from '../../database.ts';
import { trafficOf } from '../../traffic/domain/traffic-sums.ts';
import { timeOfRecordId } from '../domain/record-id.ts';
import { LLM_UPSTREAM } from '../domain/record-row.ts';
import type { RecordFilter, RecordPage, StoredRecord } from '../domain/stored-record.ts';
import { lateMember } from '../late/late-rows.ts';
import type { Keeping, UsageStore } from '../usage-store.ts';
import { recordOf, whereOf } from './record-query.ts';
import { statsOf } from './stats-query.ts';

/** How long before a moment a request may have begun that still held credits then, in milliseconds. */
const HELD_FOR_MS_MAX = 3_600_000;

/** Records that one statement removes. */
const DROPPED_AT_ONCE = 10_000;

const stored = z.object({ batches: z.bigint(), records: z.bigint() });
const counted = z.object({ count: z.int() });
/** No organisation's id comes before it. */
const NIL = '00000000-0000-0000-0000-000000000000';
const ofLastDay = z.object({ requests: z.bigint(), errors: z.bigint() });
const charged = z.object({ charged: z.bigint() });
const erased = z.object({ erased_from: z.string(), erased_rows: z.bigint() });

/** Request records in this service's own PostgreSQL: partitions by day, sums in the transaction of the records. */
export function createPostgresStore(database: Database): UsageStore {
  const { prisma } = database;
  const orderBy = [{ at: 'desc' as const }, { id: 'desc' as const }];

  async function list(filter: RecordFilter, { limit, offset, before }: RecordPage): Promise<StoredRecord[]> {
    const where = whereOf(filter, before);
    const rows = await prisma.requestRecord.findMany({ where, orderBy, take: limit, skip: offset });
    return rows.map(recordOf);
  }

  return {
    async prepare() {
      await database.one(z.object({ made: z.int() }))`SELECT usage_prepare_partitions() AS made`;
    },

    async check() {
      await database.query('SELECT 1');
    },

    async append(batches) {
      const ordered = batches.toSorted((a, b) =>
        a.producer === b.producer ? a.sequence - b.sequence : a.producer < b.producer ? -1 : 1,
      );
      const names = JSON.stringify(
        ordered.map(({ producer, sequence, rows, completions }) => ({
          ...lateMember(rows),
          e: producer,
          q: sequence,
          // Only such batches are looked through for what belongs together.
          ...(rows.some(({ upstream }) => upstream === LLM_UPSTREAM) ? { l: true } : {}),
          ...(completions.length > 0 ? { m: completions } : {}),
          t: trafficOf(rows),
        })),
      );
      const rows = JSON.stringify(ordered.flatMap((each, batch) => each.rows.map((row) => ({ batch, ...row }))));
      const result = await database.one(stored)`
        SELECT batches, records FROM usage_append(${names}::jsonb, ${rows}::json)`;
      return { batches: Number(result.batches), records: Number(result.records) };
    },

    async ofLastDay(organisationId) {
      const owner = organisationId ?? null;
      const { requests, errors } = await database.one(ofLastDay)`
        SELECT coalesce(sum(requests), 0)::bigint AS requests, coalesce(sum(errors), 0)::bigint AS errors
          FROM usage_rollup
         WHERE unit = 'hour_total' AND at > clock_timestamp() - interval '24 hours' AND (${owner}::uuid IS NULL OR owner_id = ${owner}::uuid)`;
      return { requests: Number(requests), errors: Number(errors) };
    },

    async organisationsIn(from, to, after, limit) {
      const rows = await database.many(z.object({ id: z.string() }))`
        SELECT DISTINCT organisation_id AS id FROM request_record
         WHERE at >= ${from}::timestamptz AND at < ${to}::timestamptz
           AND organisation_id > ${after ?? NIL}::uuid ORDER BY 1 LIMIT ${limit}::int`;
      return rows.map(({ id }) => id);
    },

    async find(id) {
      const at = timeOfRecordId(id);
      if (at === undefined) return undefined;
      const row = await prisma.requestRecord.findUnique({ where: { at_id: { at, id } } });
      return row === null ? undefined : recordOf(row);
    },

    list,

    async count(filter, max) {
      return prisma.requestRecord.count({ where: whereOf(filter, undefined), take: max });
    },

    stats: (question) => statsOf(database, question),

    async chargedOn(day) {
      const sums = await database.one(charged)`
        SELECT coalesce(sum(charged_micro), 0)::bigint AS charged FROM usage_rollup WHERE unit = 'day_total' AND at = ${day}::timestamptz`;
      return sums.charged;
    },

    async heldAt({ userId, organisationId }, at, limit) {
      const since = new Date(at.getTime() - HELD_FOR_MS_MAX);
      const payer = organisationId === null ? { userId, organisationId: null } : { organisationId };
      const rows = await prisma.requestRecord.findMany({
        where: { ...payer, at: { gte: since, lte: at }, holdId: { not: null } },
        orderBy,
        take: 10 * limit,
      });
      return rows
        .map(recordOf)
        .filter((record) => record.at.getTime() + record.durationUs / 1_000 > at.getTime())
        .slice(0, limit);
    },

    async exportRecords(userId, last, limit) {
      const rows = await prisma.requestRecord.findMany({
        where: {
          userId,
          ...(last === undefined ? {} : { OR: [{ at: { lt: last.at } }, { at: last.at, id: { lt: last.id } }] }),
        },
        orderBy,
        take: limit,
      });
      return rows.map(recordOf);
    },

    erase(userId) {
      return database.transaction(async (db) => {
        const rows = await db.many(erased)`SELECT erased_from, erased_rows FROM usage_erase_user(${userId}::uuid)`;
        return Object.fromEntries(rows.map(({ erased_from, erased_rows }) => [erased_from, Number(erased_rows)]));
      });
    },

    async dropRecords(organisationId, before) {
      for (let all = 0; ;) {
        // In parts, so that nobody waits for long behind one of them.
        const gone = await prisma.$executeRaw`
          DELETE FROM request_record WHERE (at, id) IN (
            SELECT at, id FROM request_record WHERE organisation_id = ${organisationId}::uuid AND at < ${before}::timestamptz
             LIMIT ${DROPPED_AT_ONCE}::int)`;
        all += gone;
        if (gone < DROPPED_AT_ONCE) return all;
      }
    },

    async drop({ recordsBefore, minutesBefore, sumsBefore }: Keeping) {
      let dropped = 0;
      for (const [parent, before] of [
        ['request_record', recordsBefore],
        ['usage_minute', minutesBefore],
        ['usage_traffic', minutesBefore],
        ['usage_hour', sumsBefore],
        ['usage_day', sumsBefore],
        ['usage_hour_total', sumsBefore],
        ['usage_day_total', sumsBefore],
      ] as const) {
        const { count } = await database.one(counted)`
          SELECT usage_drop_partitions(${parent}, ${before}::timestamptz) AS count`;
        dropped += count;
      }
      return dropped;
    },

    close: () => Promise.resolve(),
  };
}
