import { z } from 'zod';
import type { Database } from '../../database.ts';
import { Prisma, type Batch } from '../../generated/prisma/client.ts';
import type { KeptScope } from '../../kept/stores/kept-objects.ts';
import { RESPONSES } from '../batch-facts.ts';

export type { Batch } from '../../generated/prisma/client.ts';

/** A batch that is about to be made. Amounts are micro-credits. */
export interface NewBatch {
  readonly id: string;
  readonly provider: string;
  readonly credentialId: string;
  readonly resource: string | undefined;
  readonly basePath: string;
  readonly query: string;
  readonly organisationId: string | undefined;
  readonly environment: string | undefined;
  readonly userId: string;
  readonly keyId: string | undefined;
  readonly requestId: string;
  readonly inputFileId: string | undefined;
  readonly requests: number;
  readonly violations: number;
  readonly terms: unknown;
  readonly held: bigint;
  readonly holdId: string | undefined;
  readonly spendId: string | undefined;
}

/** What a batch used and cost, once that is known. */
export interface BatchUse {
  readonly outcome: string;
  readonly usage: object;
  readonly usageSource: string;
  readonly cost: bigint;
}

const opened = z.object({ opened: z.boolean() });
const due = z.object({ id: z.string() });
const changed = z.object({ id: z.string() });
const UNDER_WAY = { in: ['creating', 'open'] };
/** Responses that are made in the background are followed as batches are, and are none. */
const ONLY = {
  batch: { NOT: { basePath: { endsWith: RESPONSES } } },
  response: { basePath: { endsWith: RESPONSES } },
};

/** Notes a batch before it is made. False where its maker was erased meanwhile. */
export async function openBatch(
  database: Database,
  batch: NewBatch,
  lookSeconds: number,
  checkSeconds: number,
): Promise<boolean> {
  const row = JSON.stringify({
    id: batch.id,
    provider: batch.provider,
    credential_id: batch.credentialId,
    resource: batch.resource,
    base_path: batch.basePath,
    query: batch.query,
    organisation_id: batch.organisationId,
    environment: batch.environment,
    user_id: batch.userId,
    key_id: batch.keyId,
    request_id: batch.requestId,
    input_file_id: batch.inputFileId,
    requests: batch.requests,
    violations: batch.violations,
    terms: batch.terms,
    held: String(batch.held),
    hold_id: batch.holdId,
    spend_id: batch.spendId,
  });
  const { opened: done } = await database.one(opened)`
    SELECT llm_open_batch(${row}::jsonb, ${lookSeconds}::int, ${checkSeconds}::int) AS opened`;
  return done;
}

/** The vendor has it, under this id. False where that is known already, or the id is another batch's. */
export async function foundBatch(database: Database, id: string, vendorId: string, object: object): Promise<boolean> {
  const rows = await database.many(changed)`
    UPDATE batch SET state = 'open', vendor_id = ${vendorId}, object = ${JSON.stringify(object)}::jsonb
     WHERE id = ${id}::uuid AND state = 'creating'
       AND NOT EXISTS (SELECT FROM batch other WHERE other.credential_id = batch.credential_id AND other.vendor_id = ${vendorId})
    RETURNING id::text`;
  return rows.length > 0;
}

/** There is no such batch at the vendor. False where something else is known by now. */
export async function refuseBatch({ prisma }: Database, id: string): Promise<boolean> {
  const { count } = await prisma.batch.updateMany({
    where: { id, state: 'creating' },
    data: { state: 'refused', lookAt: null, doneAt: new Date() },
  });
  return count > 0;
}

/** Keeps what the vendor says of a batch that goes on. */
export async function describeBatch({ prisma }: Database, id: string, object: object): Promise<void> {
  await prisma.batch.updateMany({
    where: { id, state: 'open' },
    data: { object, missingSince: null },
  });
}

/** What a batch used is known. Whoever comes first says so; `object`: how it ended, as the vendor describes it. */
export async function endBatch(
  { prisma }: Database,
  id: string,
  use: BatchUse,
  object: object | undefined,
): Promise<boolean> {
  const { count } = await prisma.batch.updateMany({
    where: { id, state: { in: ['creating', 'open'] } },
    data: {
      state: 'ended',
      ...use,
      usage: use.usage,
      ...(object === undefined ? {} : { object }),
    },
  });
  return count > 0;
}

/** All is told that was to be told of a batch. True for whoever comes first. */
export async function settleBatch({ prisma }: Database, id: string): Promise<boolean> {
  const { count } = await prisma.batch.updateMany({
    where: { id, state: 'ended' },
    data: { state: 'settled', lookAt: null, doneAt: new Date() },
  });
  return count > 0;
}

/** Another hold stands in the place of the one before. False where the batch has ended, or somebody else was first. */
export async function holdAnew({ prisma }: Database, { id, holdNumber }: Batch, holdId: string): Promise<boolean> {
  const { count } = await prisma.batch.updateMany({
    where: { id, holdNumber, state: UNDER_WAY },
    data: { holdId, holdNumber: holdNumber + 1, holdMadeAt: new Date() },
  });
  return count > 0;
}

/** Batches that are to be looked at, each given to one asker until `againSeconds` have passed. */
export async function dueBatches(database: Database, againSeconds: number, limit: number): Promise<Batch[]> {
  const rows = await database.many(due)`
    UPDATE batch SET look_at = now() + make_interval(secs => ${againSeconds}::int)
     WHERE id IN (SELECT id FROM batch WHERE look_at <= now() ORDER BY look_at LIMIT ${limit}::int FOR UPDATE SKIP LOCKED)
    RETURNING id::text`;
  return database.prisma.batch.findMany({ where: { id: { in: rows.map(({ id }) => id) } } });
}

/** When a batch is looked at next, and how often that has failed in a row; nothing where it is done with. */
export async function lookAgain(database: Database, id: string, seconds: number, failures: number): Promise<void> {
  await database.many(changed)`
    UPDATE batch SET look_at = now() + make_interval(secs => ${seconds}::float8), failures = ${failures}::int
     WHERE id = ${id}::uuid AND look_at IS NOT NULL RETURNING id::text`;
}

/** The vendor did not find a batch: since when. */
export async function missBatch({ prisma }: Database, id: string): Promise<void> {
  await prisma.batch.updateMany({ where: { id, missingSince: null }, data: { missingSince: new Date() } });
}

/** The batch is deleted at the vendor, so it is listed no more. */
export async function hideBatch({ prisma }: Database, id: string): Promise<void> {
  await prisma.batch.updateMany({ where: { id }, data: { object: Prisma.DbNull } });
}

export function batchById({ prisma }: Database, id: string): Promise<Batch | null> {
  return prisma.batch.findUnique({ where: { id } });
}

/** A batch by the vendor's id, whoever made it. */
export function batchAtVendor({ prisma }: Database, credentialId: string, vendorId: string): Promise<Batch | null> {
  return prisma.batch.findFirst({ where: { credentialId, vendorId } });
}

/** A response that is made in the background, and not accounted for yet. */
export function responseUnderWay({ prisma }: Database, credentialId: string, vendorId: string): Promise<Batch | null> {
  return prisma.batch.findFirst({ where: { credentialId, vendorId, ...ONLY.response, state: UNDER_WAY } });
}

/** The owner's batch; null where it is somebody else's, or nobody's. */
export function ownedBatch({ prisma }: Database, scope: KeptScope, vendorId: string): Promise<Batch | null> {
  return prisma.batch.findFirst({
    where: { credentialId: scope.credentialId, ...scope.owner, vendorId, ...ONLY.batch },
  });
}

/** How many batches of an owner, or responses in the background, are under way, up to `max`. */
export function countUnderWay(
  { prisma }: Database,
  scope: KeptScope,
  of: 'batch' | 'response',
  max: number,
): Promise<number> {
  const where = { credentialId: scope.credentialId, ...scope.owner, ...ONLY[of], state: UNDER_WAY };
  return prisma.batch.count({ where, take: max });
}

/** One page of the owner's batches, by when they were made; `undefined` where `after` is none of them. */
export async function listBatches(
  { prisma }: Database,
  scope: KeptScope,
  page: { readonly after: string | undefined; readonly order: 'asc' | 'desc'; readonly limit: number },
): Promise<Batch[] | undefined> {
  const { after, order, limit } = page;
  const where = { credentialId: scope.credentialId, ...scope.owner, ...ONLY.batch, object: { not: Prisma.DbNull } };
  const last = after === undefined ? null : await prisma.batch.findFirst({ where: { ...where, vendorId: after } });
  if (after !== undefined && last === null) return undefined;
  return prisma.batch.findMany({
    where,
    // The database compares, as its times are finer than a `Date`.
    ...(last === null ? {} : { cursor: { id: last.id }, skip: 1 }),
    orderBy: [{ createdAt: order }, { id: order }],
    take: limit,
  });
}
