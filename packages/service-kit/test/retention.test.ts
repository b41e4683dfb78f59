import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createLogger, createMetrics, createRetentionSweep, type Retention } from '../src/index.ts';
import { openDatabase } from './database.ts';

const HOUR = 3_600;
const NOTES: Retention = { table: 'note', column: 'ended_at', keptSeconds: HOUR };
const NEVER = new AbortController().signal;

let database: Awaited<ReturnType<typeof openDatabase>>;
beforeAll(async () => {
  database = await openDatabase();
  await database.query('CREATE TABLE note (ended_at timestamptz, pinned boolean NOT NULL DEFAULT false)');
  await database.query('CREATE INDEX ON note (ended_at)');
  await database.query('CREATE TABLE stubborn (ended_at timestamptz)');
  await database.query(
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$",
  );
  await database.query('CREATE TRIGGER refuse BEFORE DELETE ON stubborn FOR EACH ROW EXECUTE FUNCTION refuse()');
  // How many rows each statement removed.
  await database.query('CREATE TABLE removal (rows bigint)');
  await database.query(`CREATE FUNCTION count_removed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO removal SELECT count(*) FROM gone; RETURN NULL; END $$`);
  await database.query(
    'CREATE TRIGGER count_removed AFTER DELETE ON note REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_removed()',
  );
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.query('TRUNCATE note, stubborn, removal');
});

function sweepOf(retentions: readonly Retention[]) {
  const metrics = createMetrics('test');
  const logger = createLogger('test', 'silent');
  const sweep = createRetentionSweep({ query: database.query, retentions, logger, metrics });
  return { sweep, metric: (name: string) => metrics.registry.getSingleMetricAsString(name) };
}

/** Notes that ended so many seconds ago, all at one moment or a millisecond apart. */
const addNotes = (count: number, secondsAgo: number, apartMs = 1) =>
  database.query(
    `INSERT INTO note (ended_at)
     SELECT now() - $2::int * interval '1 second' - n * $3::int * interval '1 millisecond' FROM generate_series(1, $1::int) n`,
    count,
    secondsAgo,
    apartMs,
  );

async function countOf(table: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
  return row?.count ?? -1;
}

describe('a sweep', () => {
  test.each([
    ['of many moments', 1],
    ['of one moment', 0],
  ])('removes all due rows %s in statements of a bounded size, and nothing else', async (_which, apartMs) => {
    await addNotes(4_321, HOUR + 60, apartMs);
    await addNotes(7, HOUR - 60);
    await database.query('INSERT INTO note VALUES (NULL)');
    const { sweep, metric } = sweepOf([NOTES]);
    await sweep(NEVER);
    expect(await countOf('note')).toBe(8);
    expect(await database.query('SELECT max(rows)::int AS most FROM removal')).toEqual([{ most: 1_000 }]);
    expect(await metric('turnpike_retention_removed_total')).toMatch(/rows="note\.ended_at".* 4321$/m);
  });

  test('leaves what does not meet the condition', async () => {
    await addNotes(5, 2 * HOUR);
    await database.query("INSERT INTO note VALUES (now() - interval '1 day', true)");
    const { sweep } = sweepOf([{ ...NOTES, condition: 'NOT pinned' }]);
    await sweep(NEVER);
    expect(await database.query('SELECT pinned FROM note')).toEqual([{ pinned: true }]);
  });

  test('that fails at one table goes on with the next', async () => {
    await addNotes(3, 2 * HOUR);
    await database.query("INSERT INTO stubborn VALUES (now() - interval '1 day')");
    const { sweep } = sweepOf([
      { table: 'missing', column: 'ended_at', keptSeconds: HOUR },
      { table: 'stubborn', column: 'ended_at', keptSeconds: HOUR },
      NOTES,
    ]);
    await sweep(NEVER);
    expect([await countOf('note'), await countOf('stubborn')]).toEqual([0, 1]);
  });

  test('beside others shares the work with them', async () => {
    await addNotes(10_000, 2 * HOUR);
    const { sweep, metric } = sweepOf([NOTES]);
    await Promise.all([sweep(NEVER), sweep(NEVER), sweep(NEVER)]);
    expect(await countOf('note')).toBe(0);
    expect(await metric('turnpike_retention_removed_total')).toMatch(/ 10000$/m);
  });

  test('waits for nobody: a row in use is left for the next one', async () => {
    await addNotes(2, 2 * HOUR);
    const { sweep } = sweepOf([NOTES]);
    await database.transaction(async (query) => {
      await query('SELECT FROM note ORDER BY ended_at LIMIT 1 FOR UPDATE');
      await sweep(NEVER);
      expect(await countOf('note')).toBe(1);
    });
    await sweep(NEVER);
    expect(await countOf('note')).toBe(0);
  });

  test('breaks off between two batches when the process stops', async () => {
    await addNotes(5_000, 2 * HOUR);
    const stopping = new AbortController();
    const { sweep } = sweepOf([NOTES]);
    const swept = sweep(stopping.signal);
    stopping.abort();
    await swept;
    expect(await countOf('note')).toBe(4_000);
  });
});

describe('the lag', () => {
  test('is for how long the oldest row has been due, zero when none is', async () => {
    await addNotes(1, HOUR + 500);
    const { sweep, metric } = sweepOf([NOTES]);
    const lag = async () =>
      Number(/rows="note\.ended_at".* (\S+)$/m.exec(await metric('turnpike_retention_lag_seconds'))?.[1]);
    expect(await lag()).toBeGreaterThanOrEqual(500);
    await sweep(NEVER);
    expect(await lag()).toBe(0);
  });

  test('that cannot be read takes no other metric away', async () => {
    const { metric } = sweepOf([{ table: 'missing', column: 'ended_at', keptSeconds: HOUR }]);
    expect(await metric('turnpike_retention_lag_seconds')).toContain('# TYPE turnpike_retention_lag_seconds gauge');
  });
});
