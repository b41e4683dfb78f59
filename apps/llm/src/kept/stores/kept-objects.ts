import { z } from 'zod';
import type { Database } from '../../database.ts';
import type { KeptObject } from '../../generated/prisma/client.ts';
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
  });
  return (await database.one(kept)`SELECT llm_keep_object(${row}::jsonb) AS kept`).kept;
}

/** How many of the ids are the owner's. */
export function countOwned({ prisma }: Database, scope: KeptScope, ids: readonly string[]): Promise<number> {
  return prisma.keptObject.count({ where: { ...whereOf(scope), id: { in: [...ids] } } });
}

/** How many of a kind the owner has, up to `max`. */
export function countKept({ prisma }: Database, scope: KeptScope, kind: KeptKind, max: number): Promise<number> {
  return prisma.keptObject.count({ where: { ...whereOf(scope), kind }, take: max });
}

export async function forgetObject({ prisma }: Database, scope: KeptScope, id: string): Promise<void> {
  await prisma.keptObject.deleteMany({ where: { ...whereOf(scope), id } });
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
  const past = order === 'asc' ? 'gt' : 'lt';
  return prisma.keptObject.findMany({
    where: {
      ...where,
      kind,
      ...(purpose === undefined ? {} : { object: { path: ['purpose'], equals: purpose } }),
      ...(last === null
        ? {}
        : { OR: [{ createdAt: { [past]: last.createdAt } }, { createdAt: last.createdAt, id: { [past]: last.id } }] }),
    },
    orderBy: [{ createdAt: order }, { id: order }],
    take: limit,
  });
}

function whereOf({ credentialId, owner }: KeptScope) {
  return { credentialId, ...owner };
}
