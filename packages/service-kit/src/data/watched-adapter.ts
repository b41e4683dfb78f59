import { currentRequest } from '../http/request-context.ts';
import type { Metrics } from '../process/metrics.ts';
import { isTracing, startSpan, withSpan, type Span } from '../tracing/tracing.ts';
import { exposePool, type MeasuredPool } from './pool-metrics.ts';

/** A statement with `$1…` for its values, which are elsewhere. */
interface Statement {
  readonly sql: string;
}

/** What statements go through: an adapter of Prisma's, or a transaction of one. */
interface Queryable {
  queryRaw(statement: Statement): Promise<unknown>;
  executeRaw(statement: Statement): Promise<unknown>;
}

interface Adapter extends Queryable {
  underlyingDriver(): MeasuredPool;
  startTransaction(...options: never[]): Promise<Queryable>;
}

/** Prisma's driver adapter for PostgreSQL, as far as it is watched. */
interface AdapterFactory {
  connect(): Promise<Adapter>;
}

/** Longest part of a statement that its span shows, in characters. */
const TEXT_CHARS_MAX = 1_000;

/**
 * The same factory, whose adapter shows its pool in the metrics, if any are given, and records a span for each statement of a recorded request. Where
 * traces are not recorded, which is decided before a pool is opened, nothing is put in between. Values travel beside a statement, so its text holds none.
 */
export function watchedAdapter<F extends AdapterFactory>(factory: F, metrics?: Metrics): F {
  let pool: MeasuredPool | undefined;
  if (metrics !== undefined) exposePool(() => pool, metrics);
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    pool = adapter.underlyingDriver();
    if (!isTracing()) return adapter;
    watchStatements(adapter);
    const start = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (...options) => watchStatements(await start(...options));
    return adapter;
  };
  return factory;
}

function watchStatements<Q extends Queryable>(queryable: Q): Q {
  const query = queryable.queryRaw.bind(queryable);
  const execute = queryable.executeRaw.bind(queryable);
  queryable.queryRaw = (statement) => withSpan(statementSpan(statement), () => query(statement));
  queryable.executeRaw = (statement) => withSpan(statementSpan(statement), () => execute(statement));
  return queryable;
}

function statementSpan({ sql }: Statement): Span | undefined {
  const parent = currentRequest()?.traceparent;
  if (parent === undefined) return undefined;
  return startSpan(nameOfStatement(sql), 'client', parent, {
    'db.system.name': 'postgresql',
    'db.query.text': sql.slice(0, TEXT_CHARS_MAX),
  });
}

/** Its first word and the first table or function after it, such as `INSERT outbox` or `SELECT ledger_reserve`. */
export function nameOfStatement(sql: string): string {
  const operation = /^\s*([a-z]+)/i.exec(sql)?.[1]?.toUpperCase() ?? 'SQL';
  const target =
    /\b(?:from|into|update)\s+(?:only\s+)?(?:"?\w+"?\.)?"?([a-z_]\w*)"?/i.exec(sql)?.[1] ??
    /\bselect\s+([a-z_]\w*)\s*\(/i.exec(sql)?.[1];
  return target === undefined ? operation : `${operation} ${target}`;
}
