import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { openClient, startApp, waitFor, type RunningApp } from '@turnpike/test-kit';
import { expectInvariantsHold, openTestDatabase } from './open-ledger.ts';
import { callsOf, startCredits, type Credits } from './start-credits.ts';

const ROUNDS = 30;
const IN_FLIGHT = 24;
/** Few, so that the statements of both processes keep waiting for the same rows. */
const USERS = 4;

let credits: Credits;
let second: RunningApp;
beforeAll(async () => {
  credits = await startCredits();
  second = await startApp('credits', credits.env);
});
afterAll(async () => {
  await second.stop();
  await credits.stop();
});

/** How often PostgreSQL had to break a deadlock; told once the connections that noticed it have ended. */
async function deadlocks(): Promise<number> {
  const client = await openClient({ connectionString: credits.database.url });
  try {
    await waitFor(async () => {
      const { rows } = await client.query<{ others: number }>(
        'SELECT count(*)::int AS others FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      return rows[0]?.others === 0;
    });
    const { rows } = await client.query<{ deadlocks: number }>(
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    );
    return rows[0]?.deadlocks ?? Number.NaN;
  } finally {
    await client.end();
  }
}

test('releases that cross their reserves, in batches of two processes: no deadlock, and nothing stays held', async () => {
  const users = await Promise.all(Array.from({ length: USERS }, () => credits.userWith(100_000)));
  const processes = [callsOf(credits.app.url), callsOf(second.url)];
  const statuses = new Set<number>();
  const any = () => processes[Math.floor(Math.random() * processes.length)] ?? credits;

  async function client(): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const key = uuidv7();
      const user = users[Math.floor(Math.random() * USERS)] ?? '';
      const crossing = round % 3 === 0;
      const reserve = any().reserve(user, 1, { idempotency_key: key });
      if (!crossing) await reserve;
      const end = crossing ? any().release(key) : any().settle(key);
      for (const answer of await Promise.all([reserve, end])) statuses.add(answer.status);
      if (crossing) statuses.add((await any().release(key)).status);
    }
  }

  await Promise.all(Array.from({ length: IN_FLIGHT }, client));
  expect([...statuses].filter((status) => ![200, 201, 410].includes(status))).toEqual([]);
  const database = openTestDatabase(credits.database);
  await expectInvariantsHold(database);
  const [held] = await database.sql.query<{ sum: bigint }>('SELECT sum(held)::bigint AS sum FROM account');
  expect(held?.sum).toBe(0n);
  await database.close();
  await Promise.all([credits.app.stop(), second.stop()]);
  expect(await deadlocks()).toBe(0);
});
