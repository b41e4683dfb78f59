import type { Query } from '@turnpike/service-kit';
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

/** How many pages a table has now. */
export async function pagesOf(query: Query, { table }: SealedColumn): Promise<number> {
  const [row] = await query<{ pages: number }>(
    `SELECT (pg_relation_size('${table}') / current_setting('block_size')::int)::int AS pages`,
  );
  return row?.pages ?? 0;
}

/** Values on the pages from `firstPage` up to but not including `endPage` that do not begin with `mark`. */
export async function valuesWithoutMark(
  query: Query,
  { table, column, context }: SealedColumn,
  mark: Buffer,
  firstPage: number,
  endPage: number,
): Promise<SealedValue[]> {
  const rows = await query<{ place: string; context: string; sealed: Uint8Array }>(
    `SELECT ctid::text AS place, ${context} AS context, ${column} AS sealed FROM ${table}
      WHERE ctid >= $1::tid AND ctid < $2::tid AND ${column} IS NOT NULL AND substring(${column} FROM 1 FOR $4::int) <> $3::bytea`,
    `(${firstPage},0)`,
    `(${endPage},0)`,
    mark,
    mark.length,
  );
  return rows.map((row) => ({ ...row, sealed: Buffer.from(row.sealed) }));
}

/** Puts a value sealed anew in the place of the old one, unless the row has changed since. */
export async function replaceSealed(
  query: Query,
  { table, column }: SealedColumn,
  { place, sealed }: SealedValue,
  resealed: Buffer,
): Promise<boolean> {
  const rows = await query(
    `UPDATE ${table} SET ${column} = $1::bytea WHERE ctid = $2::tid AND ${column} = $3::bytea RETURNING 1 AS row`,
    resealed,
    place,
    sealed,
  );
  return rows.length === 1;
}
