import { z } from 'zod';
import { uuidv7 } from '@turnpike/service-kit';
import type { Db } from '../../../database.ts';
import { pairCalls, type Pairable } from '../../domain/pair-calls.ts';
import { LLM_UPSTREAM, type CompletionRow, type RecordRow } from '../../domain/record-row.ts';
import { rollUpsOf } from '../../domain/roll-up.ts';
import type { StoredBatch } from '../../usage-store.ts';
import type { ClickHouse } from './clickhouse.ts';
import { insertedRecord } from './record-query.ts';
import { insertSums } from './sums-rows.ts';

const row = z.looseObject({ at: z.string(), id: z.string(), user_id: z.string().nullable() });
const facts = z.record(z.string(), z.unknown());
const completions = z.array(z.object({ was: row, is: row }));
const pending = z.object({ id: z.string(), completed: z.unknown() });
type Completion = z.output<typeof completions>[number];

interface WaitingRecord extends Pairable {
  readonly row: RecordRow;
}
interface WaitingCall extends Pairable {
  /** Where it is stored, unless it has only come now. */
  readonly id: bigint | undefined;
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * Brings the calls and records of batches that are being stored together with those that wait, in the transaction that notes the batches. Records are
 * always written as they came, so that a batch which is written again is the same; what completes them is noted here and written by `complete`.
 */
export async function match(db: Db, batches: readonly StoredBatch[], erased: ReadonlySet<string>): Promise<void> {
  const records = batches.flatMap(({ rows }) => rows.flatMap((each) => waitingRecord(each, erased) ?? []));
  const calls = batches.flatMap((batch) =>
    batch.completions.filter((call) => !erased.has(call.user_id)).map(waitingCall),
  );
  if (records.length === 0 && calls.length === 0) return;
  await db.prisma.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('usage calls'))`;
  const pairs = pairCalls([...records, ...(await recordsOf(db, calls))], [...(await callsOf(db, records)), ...calls]);
  const [paired, known] = [new Set(pairs.map(([record]) => record.row.id)), new Set(pairs.map(([, call]) => call))];
  await db.prisma.unmatchedRecord.createMany({
    data: records
      .filter((record) => !paired.has(record.row.id))
      .map((record) => ({
        id: record.row.id,
        at: record.at,
        requestId: record.requestId,
        userId: record.userId,
        columns: JSON.parse(JSON.stringify(record.row)) as object,
      })),
  });
  await db.prisma.unmatchedCall.createMany({
    data: calls
      .filter((call) => !known.has(call))
      .map(({ at, requestId, userId, organisationId, facts: columns }) => ({
        at,
        requestId,
        userId,
        organisationId,
        facts: JSON.parse(JSON.stringify(columns)) as object,
      })),
  });
  if (pairs.length === 0) return;
  await db.prisma.unmatchedRecord.deleteMany({ where: { id: { in: [...paired] } } });
  await db.prisma.unmatchedCall.deleteMany({ where: { id: { in: pairs.flatMap(([, { id }]) => id ?? []) } } });
  const completed = pairs.map(([record, call]) => ({ was: record.row, is: { ...record.row, ...call.facts } }));
  await db.prisma.pendingCompletion.create({
    data: { id: uuidv7(), completed: JSON.parse(JSON.stringify(completed)) as object[] },
  });
}

/** Writes what completes records, each note as one block of its own name, and then forgets it. Others that do the same take other notes. */
export async function complete(db: Db, clickHouse: ClickHouse): Promise<void> {
  const notes = await db.many(pending)`
    SELECT id::text AS id, completed FROM pending_completion ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED`;
  for (const { id, completed } of notes) {
    const all = completions.parse(completed);
    await clickHouse.insert(
      'request_record',
      all.map(({ is }) => insertedRecord(is, 1)),
      id,
    );
    await insertSums(clickHouse, rollUpsOf(all.flatMap(moved)), id);
  }
  await db.prisma.pendingCompletion.deleteMany({ where: { id: { in: notes.map(({ id }) => id) } } });
}

/** What a completion changes in sums. */
function moved({ was, is }: Completion): RecordRow[] {
  return [
    { ...was, weight: -1 },
    { ...is, weight: 1 },
  ];
}

function waitingRecord(each: RecordRow, erased: ReadonlySet<string>): WaitingRecord | undefined {
  const { upstream, attempts, request_id: requestId, organisation_id: organisationId, user_id: userId } = each;
  if (upstream !== LLM_UPSTREAM || typeof attempts !== 'number' || attempts === 0) return undefined;
  if (userId === null || erased.has(userId) || typeof requestId !== 'string') return undefined;
  return {
    at: new Date(each.at),
    requestId,
    userId,
    organisationId: typeof organisationId === 'string' ? organisationId : null,
    row: each,
  };
}

function waitingCall({ at, request_id, user_id, organisation_id, facts: columns }: CompletionRow): WaitingCall {
  return {
    id: undefined,
    at: new Date(at),
    requestId: request_id,
    userId: user_id,
    organisationId: organisation_id,
    facts: columns,
  };
}

async function recordsOf({ prisma }: Db, calls: readonly WaitingCall[]): Promise<WaitingRecord[]> {
  if (calls.length === 0) return [];
  const requestId = { in: calls.map((call) => call.requestId) };
  const found = await prisma.unmatchedRecord.findMany({ where: { requestId } });
  return found.flatMap(({ columns }) => waitingRecord(row.parse(columns), new Set()) ?? []);
}

async function callsOf({ prisma }: Db, records: readonly WaitingRecord[]): Promise<WaitingCall[]> {
  if (records.length === 0) return [];
  const requestId = { in: records.map((record) => record.requestId) };
  const found = await prisma.unmatchedCall.findMany({ where: { requestId }, orderBy: { id: 'asc' } });
  return found.map((call) => ({ ...call, facts: facts.parse(call.facts) }));
}
