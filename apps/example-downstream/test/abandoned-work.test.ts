import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { openClient, waitFor } from '@turnpike/test-kit';
import { startExample, type Example } from './start-example.ts';

/** A call whose connection closes before its answer begins is not paid (docs/downstream.md): its work is stopped, or undone. */

const USER = '01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e0f';

let example: Example;
let database: pg.Client;
beforeAll(async () => {
  example = await startExample({ EXAMPLE_SIMULATE: 'true', LOG_LEVEL: 'debug' });
  database = await openClient({ connectionString: example.databaseUrl });
  // Remembers what was written even when it is taken back.
  await database.query(`
    CREATE TABLE seen (id uuid);
    CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
      $$ BEGIN INSERT INTO public.seen VALUES (NEW.id); RETURN NULL; END $$;
    CREATE TRIGGER remember AFTER INSERT ON timepoint FOR EACH ROW EXECUTE FUNCTION remember();
    CREATE TRIGGER remember AFTER INSERT ON moment FOR EACH ROW EXECUTE FUNCTION remember();`);
});
afterAll(async () => {
  await database.end();
  await example.stop();
});

const count = async (text: string): Promise<number> =>
  Number((await database.query<{ n: string }>(`SELECT count(*) AS n FROM ${text}`)).rows[0]?.n);
const kept = async (): Promise<number> => (await count('timepoint')) + (await count('moment'));
const closed = (): number => example.logs().filter((line) => line.includes('"status":499')).length;

const PROMPT = { query: 'The fall of the wall, 1989' };
const CALLS: [string, object][] = [
  ['/api/v1/timepoints/generate/sync', PROMPT],
  ['/api/v1/timepoints/generate', PROMPT],
  ['/api/v1/temporal/1/next', { units: 1, unit: 'day' }],
  ['/api/v1/generate/sync', PROMPT],
  ['/api/v1/generate', PROMPT],
];

test.each(CALLS)('POST %s is stopped where its work has not begun', async (path, body) => {
  const before = closed();
  const leave = await example.sendAndLeave('POST', path, {
    user: USER,
    signed: true,
    body: { ...body, simulate: { slow_ms: 60_000 } },
  });
  leave();
  await waitFor(() => closed() > before);
  // Whoever waits for their answer is served, and by then nothing of the other call can still be on its way.
  expect((await example.send('GET', '/api/v1/timepoints', { user: USER, signed: true })).status).toBe(200);
  expect([await kept(), await count('seen')]).toEqual([0, 0]);
});

test.each(CALLS)('POST %s is undone where it has', async (path, body) => {
  const before = [closed(), await count('seen')] as const;
  await database.query('BEGIN; LOCK TABLE timepoint, moment IN SHARE MODE');
  const leave = await example.sendAndLeave('POST', path, { user: USER, signed: true, body });
  await waitFor(async () => (await count('pg_locks WHERE NOT granted')) > 0);
  leave();
  await waitFor(() => closed() > before[0]);
  await database.query('COMMIT');
  await waitFor(async () => (await count('seen')) > before[1] && (await kept()) === 0);
});
