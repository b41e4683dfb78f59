import { z } from 'zod';
import type { Database } from '../../database.ts';
import { Prisma, type KeptObject } from '../../generated/prisma/client.ts';
import type { KeptKind } from '../../paths/kept-paths.ts';
import type { KeptOwner } from '../owner.ts';

/** Objects of one owner under one credential. */
export interface KeptScope {
  readonly credentialId: string;
  readonly owner: KeptOwner;
}

/** An object that was made. `object`: what the vendor says of it, where that is listed. */
export interface NewKeptObject {
  readonly credentialId: string;
  readonly id: string;
  readonly kind: KeptKind;
  readonly organisationId: string | undefined;
  readonly environment: string | undefined;
  /** None where it is an organisation's, and whoever made it was erased. */
  readonly userId: string | undefined;
  readonly keyId: string | undefined;
  readonly object: unknown;
  /** The model that made it, where its rules matter when it is read again. */
  readonly model?: string | undefined;
}

const kept = z.object({ kept: z.boolean() });

/** Notes whose an object is. False where it is somebody's already, or its owner was erased. */
export async function keepObject(database: Database, made: NewKeptObject): Promise<boolean> {
  const row = JSON.stringify({
    credential_id: made.credentialId,
    id: made.id,
    kind: made.kind,
    organisation_id: made.organisationId,
    environment: made.environment,
    user_id: made.userId,
    key_id: made.keyId,
    object: made.object,
    model: made.model,
  });
  return (await database.one(kept)`SELECT llm_keep_object(${row}::jsonb) AS kept`).kept;
}

/** How many of the ids are the owner's. */
export function countOwned({ prisma }: Database, scope: KeptScope, ids: readonly string[]): Promise<number> {
  return prisma.keptObject.count({ where: { ...whereOf(scope), id: { in: [...ids] } } });
}

/** How many of a kind the owner has, up to `max`; of those made since a moment, where one is told. */
export function countKept(
  { prisma }: Database,
  scope: KeptScope,
  kind: KeptKind,
  max: number,
  since?: Date,
): Promise<number> {
  const made = since === undefined ? {} : { createdAt: { gte: since } };
  return prisma.keptObject.count({ where: { ...whereOf(scope), kind, ...made }, take: max });
}

/** The model that made one of the owner's objects, where that was noted. */
export async function modelOfObject({ prisma }: Database, scope: KeptScope, id: string): Promise<string | undefined> {
  const found = await prisma.keptObject.findFirst({ where: { ...whereOf(scope), id }, select: { model: true } });
  return found?.model ?? undefined;
}

export async function forgetObject({ prisma }: Database, scope: KeptScope, id: string): Promise<void> {
  await prisma.keptObject.deleteMany({ where: { ...whereOf(scope), id } });
}

/** Notes how the vendor described an object last, for lists, which leave out what nothing describes. */
export async function describeObject(
  { prisma }: Database,
  scope: KeptScope,
  id: string,
  object: Prisma.InputJsonObject | undefined,
): Promise<void> {
  const data = { object: object ?? Prisma.DbNull };
  await prisma.keptObject.updateMany({ where: { ...whereOf(scope), id }, data });
}

/** One page of a list. `after` is the id that the page before it ended with. */
export interface KeptPage {
  readonly kind: KeptKind;
  readonly purpose: string | undefined;
  readonly after: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
}

/** The owner's objects of a kind, by when they were made; `undefined` where `after` is none of them. */
export async function listKept(
  { prisma }: Database,
  scope: KeptScope,
  { kind, purpose, after, order, limit }: KeptPage,
): Promise<KeptObject[] | undefined> {
  const where = whereOf(scope);
  const last = after === undefined ? null : await prisma.keptObject.findFirst({ where: { ...where, kind, id: after } });
  if (after !== undefined && last === null) return undefined;
  return prisma.keptObject.findMany({
    where: {
      ...where,
      kind,
      // What an answer has merely named is described nowhere.
      object: purpose === undefined ? { not: Prisma.DbNull } : { path: ['purpose'], equals: purpose },
    },
    // The database compares, as its times are finer than a `Date`.
    ...(last === null
      ? {}
      : { cursor: { credentialId_id: { credentialId: last.credentialId, id: last.id } }, skip: 1 }),
    orderBy: [{ createdAt: order }, { id: order }],
    take: limit,
  });
}

function whereOf({ credentialId, owner }: KeptScope) {
  return { credentialId, ...owner };
}
