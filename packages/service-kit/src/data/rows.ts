import { z } from 'zod';
import { queryOf, sqlOf, type Query, type RawClient, type SqlDatabase } from './sql.ts';

/** Reads what a statement returns. Used as a template tag: what stands in `${}` travels as a parameter, or is a fragment of SQL that Prisma made. */
export type Read<T> = (statement: TemplateStringsArray, ...values: readonly unknown[]) => Promise<T>;

/**
 * Statements that Prisma's own calls cannot say, with a schema for their rows: db.one(row)`SELECT …`. Schemas only check, they change nothing,
 * so that rows are the same where nothing is checked. A row that its schema refuses, or a wrong number of rows, is an `Error` (500).
 */
export interface Rows {
  /** The row of a statement that always returns exactly one. */
  one<T>(row: z.ZodType<T, T>): Read<T>;
  /** The row of a statement that returns one or none. */
  maybeOne<T>(row: z.ZodType<T, T>): Read<T | undefined>;
  many<T>(row: z.ZodType<T, T>): Read<T[]>;
}

/** Columns that zod has no word for. */
export const column = {
  /** `bytea`. */
  bytes: z.custom<Uint8Array>((value) => ArrayBuffer.isView(value), 'not bytes'),
} as const;

export interface RowOptions {
  /** Whether rows are checked; like responses, everywhere but in production. */
  readonly checkRows: boolean;
}

/** The part of a generated Prisma client, or of its transactions, that statements go through. */
interface StatementClient extends RawClient {
  $queryRaw<T = unknown>(statement: TemplateStringsArray, ...values: unknown[]): PromiseLike<T>;
}

/** `Rows` over a Prisma client or an open transaction. */
export function rowsOf(client: Pick<StatementClient, '$queryRaw'>, { checkRows }: RowOptions): Rows {
  async function read<T>(
    row: z.ZodType<T, T>,
    statement: TemplateStringsArray,
    values: readonly unknown[],
  ): Promise<T[]> {
    const rows = await client.$queryRaw<unknown[]>(statement, ...values);
    if (checkRows) for (const each of rows) check(row, each, statement);
    return rows as T[];
  }

  async function readAtMostOne<T>(
    row: z.ZodType<T, T>,
    statement: TemplateStringsArray,
    values: readonly unknown[],
  ): Promise<T | undefined> {
    const rows = await read(row, statement, values);
    if (rows.length > 1)
      throw new Error(`a statement returned ${rows.length} rows instead of one: ${nameOf(statement)}`);
    return rows[0];
  }

  return {
    one:
      (row) =>
      async (statement, ...values) => {
        const found = await readAtMostOne(row, statement, values);
        if (found === undefined) throw new Error(`a statement returned no row: ${nameOf(statement)}`);
        return found;
      },
    maybeOne:
      (row) =>
      (statement, ...values) =>
        readAtMostOne(row, statement, values),
    many:
      (row) =>
      (statement, ...values) =>
        read(row, statement, values),
  };
}

/** Says which columns are wrong, and never what they hold. */
function check(row: z.ZodType, value: unknown, statement: TemplateStringsArray): void {
  const result = row.safeParse(value);
  if (result.success) return;
  const faults = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new Error(`a statement returned a row that its schema refuses (${faults}): ${nameOf(statement)}`);
}

/** The beginning of a statement's text, on one line. */
function nameOf(statement: TemplateStringsArray): string {
  return statement.join('?').replaceAll(/\s+/g, ' ').trim().slice(0, 100);
}

/** What stores work with: the database, or a transaction of it that is open. `C`: the service's `Prisma.TransactionClient`. */
export interface Db<C> extends Rows {
  /** Prisma's own calls. */
  readonly prisma: C;
  /** For the kit's own tables, such as `writeEvent` into the outbox. */
  readonly query: Query;
}

/** A service's database. */
export interface Database<C> extends Db<C> {
  /** The same, as the kit's relays and sweeps take it. */
  readonly sql: SqlDatabase;
  /** Runs `work` in one transaction: all of it is done, or, where it throws, nothing. */
  transaction<T>(work: (db: Db<C>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A generated Prisma client. */
interface GeneratedClient<C> extends StatementClient {
  $transaction<T>(work: (tx: C) => Promise<T>): Promise<T>;
  $disconnect(): Promise<void>;
}

/** The database behind a generated Prisma client; connections are made on demand. */
export function databaseOf<C extends StatementClient>(
  prisma: C & GeneratedClient<C>,
  options: RowOptions,
): Database<C> {
  const dbOf = (client: C): Db<C> => ({ prisma: client, query: queryOf(client), ...rowsOf(client, options) });
  return {
    ...dbOf(prisma),
    sql: sqlOf(prisma),
    transaction: (work) => prisma.$transaction((tx) => work(dbOf(tx))),
    close: () => prisma.$disconnect(),
  };
}
