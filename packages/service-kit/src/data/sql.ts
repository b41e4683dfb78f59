/**
 * Runs one SQL statement with `$1…` parameters and returns its rows, which nobody has checked: for text that is put together when it runs.
 * Services read through `one`, `maybeOne` and `many`.
 */
export type Query = <Row extends object = Record<string, unknown>>(
  sql: string,
  ...params: readonly unknown[]
) => Promise<Row[]>;

/** What the kit's own tables (outbox, idempotency, processed events) need of a database. */
export interface SqlDatabase {
  readonly query: Query;
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
}

/** The part of a generated Prisma client that statements as text go through. */
export interface RawClient {
  $queryRawUnsafe<T = unknown>(sql: string, ...values: unknown[]): Promise<T>;
}

interface TransactionalClient extends RawClient {
  $transaction<T>(work: (tx: RawClient) => Promise<T>): Promise<T>;
}

/** A Prisma client as an `SqlDatabase`. Statements are fixed strings of ours; values always travel as parameters. */
export function sqlOf(prisma: TransactionalClient): SqlDatabase {
  return { query: queryOf(prisma), transaction: (work) => prisma.$transaction((tx) => work(queryOf(tx))) };
}

/** The `Query` of a client or of a transaction that is already open. */
export function queryOf(client: RawClient): Query {
  return <Row extends object>(sql: string, ...params: readonly unknown[]) =>
    client.$queryRawUnsafe<Row[]>(sql, ...params);
}
