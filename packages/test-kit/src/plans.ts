import { openClient } from '@turnpike/migrate';
import { startPostgres, type OwnStore } from './own-stores.ts';
import { waitFor } from './wait-for.ts';

/** A statement as PostgreSQL ran it, at the top or inside a function. */
export interface RanStatement {
  readonly database: string;
  /** `application_name` of the session. */
  readonly application: string;
  readonly sql: string;
  readonly plan: PlanNode;
}

/** A node of `EXPLAIN (ANALYZE, FORMAT JSON)`. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Filter?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** A server that writes down the plan of every statement, and how to read them. */
export interface ExplainingPostgres extends OwnStore {
  /** Begins, for sessions opened from now on: filling a database would fill the log too. */
  explain(): Promise<void>;
  /** What has run since `explain`, or since the last call. */
  ran(): Promise<RanStatement[]>;
}

/** How much of the log is read at once, in bytes. */
const READ_BYTES = 16 * 1_048_576;

/**
 * Starts a PostgreSQL of the test's own that logs every plan as it was executed, with the rows and pages that each node read. Full scans
 * are planned only where there is no other way, so that a small table says the same as a large one.
 */
export async function startExplainingPostgres(): Promise<ExplainingPostgres> {
  const store = await startPostgres({
    shared_preload_libraries: 'auto_explain',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_timing': 'off',
    'auto_explain.log_buffers': 'on',
    'auto_explain.log_format': 'json',
    'auto_explain.log_parameter_max_length': '0',
    logging_collector: 'on',
    log_destination: 'jsonlog',
    log_rotation_size: '0',
    log_rotation_age: '0',
    autovacuum: 'off',
    enable_seqscan: 'off',
  });
  const reader = await openClient({ connectionString: store.url, options: '-c auto_explain.log_min_duration=-1' });
  let offset = 0;
  let marks = 0;

  async function readOn(): Promise<string> {
    let text = '';
    for (;;) {
      const { rows } = await reader.query<{ piece: Buffer }>(
        `SELECT pg_read_binary_file(pg_current_logfile('jsonlog'), $1, $2) AS piece`,
        [offset, READ_BYTES],
      );
      const piece = rows[0]?.piece ?? Buffer.alloc(0);
      // The last line may still be being written.
      const whole = piece.subarray(0, piece.lastIndexOf('\n') + 1);
      if (whole.length === 0) return text;
      text += whole.toString();
      offset += whole.length;
    }
  }

  /** What is logged goes through a pipe: when a mark has come out of it, so has everything before. */
  async function readToNow(): Promise<string> {
    const mark = `read up to here ${(marks += 1)}`;
    await reader.query(`DO $$ BEGIN RAISE LOG '${mark}'; END $$`);
    let text = '';
    await waitFor(async () => {
      text += await readOn();
      return text.includes(`"${mark}"`);
    });
    return text;
  }

  /** When the reader's session last read the server's settings; whoever connects after that has them too. */
  async function loadedAt(): Promise<string> {
    const { rows } = await reader.query<{ at: string }>('SELECT pg_conf_load_time()::text AS at');
    return rows[0]?.at ?? '';
  }

  return {
    ...store,
    async explain() {
      const before = await loadedAt();
      await reader.query(`ALTER SYSTEM SET auto_explain.log_min_duration = 0`);
      await reader.query('SELECT pg_reload_conf()');
      await waitFor(async () => (await loadedAt()) !== before);
    },
    ran: async () => (await readToNow()).split('\n').flatMap(statementsIn),
    async dispose() {
      await reader.end();
      await store.dispose();
    },
  };
}

interface LogLine {
  readonly dbname?: string;
  readonly application_name?: string;
  readonly message: string;
}

function statementsIn(line: string): RanStatement[] {
  if (!line.includes('plan:\\n')) return [];
  const { dbname = '', application_name: application = '', message } = JSON.parse(line) as LogLine;
  const begin = message.indexOf('plan:\n');
  if (!message.startsWith('duration: ') || begin < 0) return [];
  const { 'Query Text': sql, Plan: plan } = JSON.parse(message.slice(begin + 'plan:\n'.length)) as {
    'Query Text': string;
    Plan: PlanNode;
  };
  return [{ database: dbname, application, sql, plan }];
}

/** What a statement did that takes the longer the larger a table is. */
export interface CostlyRead {
  readonly statement: RanStatement;
  readonly node: PlanNode;
  readonly why: string;
}

export interface Bounds {
  /** Tables that stay small however much there is of everything else. */
  readonly smallTables: ReadonlySet<string>;
  /** Rows that one node of a plan may read of a table. */
  readonly rowsMax: number;
}

/** Pages that finding rows by an index takes: per descent, and per row found. */
const PAGES_PER_LOOP = 24;
const PAGES_PER_ROW = 4;
/** A call of a function of ours or PostgreSQL's. Pages that one reads are counted to the node that calls it. */
const CALL = /\b[a-z]+_[a-z_]+\s*\(/;

/** Reads that no index bounds: full scans, indexes read from end to end, rows read to be thrown away. */
export function costlyReads(statement: RanStatement, bounds: Bounds): CostlyRead[] {
  return nodesOf(statement.plan).flatMap((node) => {
    const why = costOf(node, bounds, CALL.test(statement.sql));
    return why === undefined ? [] : [{ statement, node, why }];
  });
}

function costOf(node: PlanNode, { smallTables, rowsMax }: Bounds, callsFunctions: boolean): string | undefined {
  const table = node['Relation Name'];
  if (table === undefined || smallTables.has(table) || !node['Node Type'].includes('Scan')) return undefined;
  const loops = node['Actual Loops'] ?? 0;
  // Without a condition it is meant to read all, which the number of rows may forbid.
  if (node['Node Type'] === 'Seq Scan' && node.Filter !== undefined)
    return `looks through all of ${table}: no index helps`;
  const rows =
    loops *
    ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0));
  const by = node['Index Name'] === undefined ? '' : ` by ${node['Index Name']}`;
  if (rows > rowsMax) return `reads ${Math.round(rows)} rows of ${table}${by}`;
  const pages = (node['Shared Hit Blocks'] ?? 0) + (node['Shared Read Blocks'] ?? 0);
  if (!callsFunctions && pages > PAGES_PER_LOOP * Math.max(1, loops) + PAGES_PER_ROW * rows)
    return `reads ${pages} pages of ${table}${by} for ${Math.round(rows)} rows`;
  return undefined;
}

/** The indexes by which statements read a table, in alphabetical order; a read of all of it is named as such. */
export function indexesOf(statements: readonly RanStatement[], table: string): string[] {
  const scans = statements.flatMap(({ plan }) => nodesOf(plan)).filter((node) => node['Relation Name'] === table);
  const names = scans.flatMap((scan) => {
    // What finds a bitmap's pages stands below the node that reads them.
    const finders = scan['Node Type'] === 'Bitmap Heap Scan' ? nodesOf(scan).slice(1) : [scan];
    return finders.flatMap(({ 'Index Name': index, 'Node Type': type }) =>
      type.startsWith('Bitmap') && index === undefined ? [] : [index ?? `${type} of ${table}`],
    );
  });
  return [...new Set(names)].toSorted();
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
