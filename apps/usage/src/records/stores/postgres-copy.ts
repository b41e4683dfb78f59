import { z } from 'zod';
import type { Database } from '../../database.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import { BUCKETS } from '../../stats/domain/stats.ts';
import type { CopySource, CopyTarget, SumsKey } from '../copying/copyable-store.ts';
import type { RecordRow } from '../domain/record-row.ts';
import type { RollUp } from '../domain/roll-up.ts';

const DAY_MS = 86_400_000;

const span = z.object({ first: z.date().nullable(), last: z.date().nullable() });
const text = z.object({ row: z.string() });
const recordRow = z.looseObject({ at: z.string(), id: z.string(), user_id: z.string().nullable() });
const counts = z.array(z.number()).nullable();
const sumsRow = z.object({
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
  requests: z.number(),
  errors: z.number(),
  blocked: z.number(),
  charged_micro: z.number(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  cache_read_tokens: z.number(),
  cache_write_tokens: z.number(),
  reasoning_tokens: z.number(),
  violations: z.number(),
  latency: counts,
  ttft: counts,
});
const storedKey = sumsRow.pick({
  owner_id: true,
  at: true,
  user_id: true,
  key_id: true,
  project_id: true,
  environment: true,
  route: true,
  status_class: true,
  provider: true,
  model: true,
});

const nextDay = (day: Date): Date => new Date(day.getTime() + DAY_MS);

/** What a PostgreSQL holds, to be copied. */
export function postgresSource(database: Database): CopySource {
  return {
    async span(unit) {
      const { first, last } = await (unit === 'record'
        ? database.one(span)`SELECT min(at) AS first, max(at) AS last FROM request_record`
        : database.one(span)`SELECT min(at) AS first, max(at) AS last FROM usage_rollup WHERE unit = ${unit}`);
      return first === null || last === null ? undefined : { first, last };
    },

    async records(day, after, limit) {
      const on =
        after === undefined ? Prisma.empty : Prisma.sql`AND (at, id) > (${after.at}::timestamptz, ${after.id}::uuid)`;
      const rows = await database.many(text)`
        SELECT to_json(r)::text AS row FROM request_record r
         WHERE at >= ${day}::timestamptz AND at < ${nextDay(day)}::timestamptz ${on} ORDER BY at, id LIMIT ${limit}::int`;
      return rows.map(({ row }): RecordRow => recordRow.parse(JSON.parse(row)));
    },

    async sums(unit, day, after, limit) {
      const rows = await database.many(text)`
        SELECT to_json(u)::text AS row FROM usage_rollup u
         WHERE unit = ${unit} AND at >= ${day}::timestamptz AND at < ${nextDay(day)}::timestamptz ${isAfter(after)}
         ORDER BY owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model LIMIT ${limit}::int`;
      return rows.map(({ row }) => rollUpOf(sumsRow.parse(JSON.parse(row))));
    },
  };
}

function isAfter(key: SumsKey | undefined): Prisma.Sql {
  if (key === undefined) return Prisma.empty;
  return Prisma.sql`AND (owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model) > (${key.owner_id}::uuid,
    ${key.at}::timestamptz, ${key.user_id}::uuid, ${key.key_id}::uuid, ${key.project_id}::uuid, ${key.environment}, ${key.route},
    ${key.status_class}::smallint, ${key.provider}, ${key.model})`;
}

function rollUpOf(row: z.output<typeof sumsRow>): RollUp {
  return { ...row, at: new Date(row.at).toISOString(), latency: histogramOf(row.latency), ttft: histogramOf(row.ttft) };
}

function histogramOf(buckets: readonly number[] | null): Map<number, number> {
  return new Map([...(buckets ?? []).entries()].filter(([, count]) => count !== 0));
}

function arrayOf(histogram: ReadonlyMap<number, number>): number[] {
  return Array.from({ length: BUCKETS }, (_value, bucket) => histogram.get(bucket) ?? 0);
}

/** A PostgreSQL that a copy goes into. Each page of sums is added in the transaction that notes its last key. */
export function postgresTarget(database: Database): CopyTarget {
  const { prisma } = database;
  return {
    async isComplete(day) {
      return (await prisma.importedDay.findUnique({ where: { unit_at: day } }))?.complete === true;
    },

    async prepareDay(day) {
      await database.one(z.object({ made: z.int() }))`SELECT usage_prepare_day(${day}::timestamptz) AS made`;
    },

    async addRecords(rows) {
      await prisma.$executeRaw`
        INSERT INTO request_record SELECT * FROM jsonb_populate_recordset(NULL::request_record, ${JSON.stringify(rows)}::jsonb) ORDER BY at, id
        ON CONFLICT DO NOTHING`;
    },

    async addSums(unit, day, pages) {
      const where = { unit_at: { unit, at: day } };
      const begun = await prisma.importedDay.findUnique({ where });
      let after = begun === null || begun.lastKey === null ? undefined : storedKey.parse(begun.lastKey);
      for (let page = await pages(after); page !== undefined; page = await pages(after)) {
        const { last, sums } = page;
        after = last;
        await database.transaction(async (db) => {
          await db.prisma.importedDay.upsert({
            where,
            create: { unit, at: day, lastKey: last },
            update: { lastKey: last },
          });
          const rows = sums.map(({ latency, ttft, ...each }) => ({
            ...each,
            latency: arrayOf(latency),
            ttft: ttft.size === 0 ? null : arrayOf(ttft),
          }));
          await db.prisma.$executeRaw`
            INSERT INTO usage_rollup AS u SELECT * FROM jsonb_populate_recordset(NULL::usage_rollup, ${JSON.stringify(rows)}::jsonb)
             ORDER BY unit, owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model
            ON CONFLICT (unit, owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model) DO UPDATE SET
              requests = u.requests + excluded.requests, errors = u.errors + excluded.errors, blocked = u.blocked + excluded.blocked,
              charged_micro = u.charged_micro + excluded.charged_micro, input_tokens = u.input_tokens + excluded.input_tokens,
              output_tokens = u.output_tokens + excluded.output_tokens, cache_read_tokens = u.cache_read_tokens + excluded.cache_read_tokens,
              cache_write_tokens = u.cache_write_tokens + excluded.cache_write_tokens,
              reasoning_tokens = u.reasoning_tokens + excluded.reasoning_tokens, violations = u.violations + excluded.violations,
              latency = usage_add(u.latency, excluded.latency), ttft = usage_add(u.ttft, excluded.ttft)`;
        });
      }
    },

    async noteComplete(day) {
      const done = { complete: true, lastKey: Prisma.DbNull };
      await prisma.importedDay.upsert({ where: { unit_at: day }, create: { ...day, ...done }, update: done });
    },
  };
}
