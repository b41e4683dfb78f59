import { z } from 'zod';
import { column as columns } from '@turnpike/service-kit';
import type { Db } from '../../database.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { VaultPurpose } from '../domain/vault.ts';

/** A column of sealed values that are kept for long. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  readonly purpose: VaultPurpose;
  /** The context a row's value was sealed with, as SQL. */
  readonly context: string;
}

/** Every column whose values outlive a replaced key. Others are sealed for minutes: attempts, mails, successors of refresh tokens. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'signing_key', column: 'private_sealed', purpose: 'signing-key', context: 'kid' },
  { table: 'digest_key', column: 'key_sealed', purpose: 'digest-key', context: 'purpose' },
  {
    table: 'provider_grant',
    column: 'token_sealed',
    purpose: 'provider-token',
    context: "provider || ':' || client_id",
  },
  {
    table: 'provider_revocation',
    column: 'token_sealed',
    purpose: 'provider-token',
    context: "provider || ':' || client_id",
  },
];

/** A sealed value where it lies. */
export interface SealedValue {
  /** The row's physical place: good until the row is next written. */
  readonly place: string;
  readonly context: string;
  readonly sealed: Buffer;
}

const size = z.object({ pages: z.int() });

/** How many pages a table has now. */
export async function pagesOf(db: Db, { table }: SealedColumn): Promise<number> {
  const { pages } = await db.one(size)`
    SELECT (pg_relation_size(${table}::regclass) / current_setting('block_size')::int)::int AS pages`;
  return pages;
}

const sealedValue = z.object({ place: z.string(), context: z.string(), sealed: columns.bytes });

/** Values on the pages from `firstPage` up to but not including `endPage` that do not begin with `mark`. */
export async function valuesWithoutMark(
  db: Db,
  { table, column, context }: SealedColumn,
  mark: Buffer,
  firstPage: number,
  endPage: number,
): Promise<SealedValue[]> {
  const sealed = Prisma.raw(column);
  const rows = await db.many(sealedValue)`
    SELECT ctid::text AS place, ${Prisma.raw(context)} AS context, ${sealed} AS sealed FROM ${Prisma.raw(table)}
     WHERE ctid >= ${`(${firstPage},0)`}::tid AND ctid < ${`(${endPage},0)`}::tid AND ${sealed} IS NOT NULL
       AND substring(${sealed} FROM 1 FOR ${mark.length}::int) <> ${mark}::bytea`;
  return rows.map((row) => ({ ...row, sealed: Buffer.from(row.sealed) }));
}

/** Puts a value sealed anew in the place of the old one, unless the row has changed since. */
export async function replaceSealed(
  { prisma }: Db,
  { table, column }: SealedColumn,
  { place, sealed }: SealedValue,
  resealed: Buffer,
): Promise<boolean> {
  const written = Prisma.raw(column);
  const replaced = await prisma.$executeRaw`
    UPDATE ${Prisma.raw(table)} SET ${written} = ${resealed}::bytea WHERE ctid = ${place}::tid AND ${written} = ${sealed}::bytea`;
  return replaced === 1;
}
