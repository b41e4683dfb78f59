import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { createTestDatabase, type TestDatabase } from '@turnpike/test-kit';
import { openDatabase, type Database } from '../src/database.ts';
import { beginErasure, completeStep } from '../src/erasure/erase-user.ts';
import { claimStep, postponeStep, type ClaimedStep } from '../src/erasure/stores/erasures.ts';
import { findErasure } from '../src/erasure/stores/receipts.ts';

const MINUTE_MS = 60_000;

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase('users');
  database = openDatabase({ ...testDatabase.env, NODE_ENV: 'test', DATABASE_POOL_MAX: 5, DATABASE_TIMEOUT_MS: 10_000 });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

async function begin(): Promise<string> {
  const receiptId = uuidv7();
  await beginErasure(database, { receiptId, userId: uuidv7(), requestedBy: 'user', backends: [] });
  return receiptId;
}

const claim = () => claimStep(database, MINUTE_MS);

/** The steps of one erasure's first phase. */
async function claimPhase(): Promise<ClaimedStep[]> {
  const steps = [await claim(), await claim(), await claim(), await claim()];
  return steps.flatMap((step) => (step ? [step] : []));
}

test('of erasures that wait for a service that is down, no step is due, so nobody passes them all to find one', async () => {
  await begin();
  await begin();
  for (const step of [...(await claimPhase()), ...(await claimPhase())])
    await postponeStep(database, step, 'It is down.', MINUTE_MS);
  expect(await claim()).toBeUndefined();
  const due = await database.query('SELECT FROM erasure_step WHERE done_at IS NULL AND next_attempt_at <= now()');
  expect(due).toHaveLength(0);
});

test('the last step of a phase makes the next phase due, and the last of all completes the erasure', async () => {
  const id = await begin();
  const steps = await claimPhase();
  const last = steps.at(-1);
  if (!last) throw new Error('steps were due');
  expect(steps.map(({ target }) => target).sort()).toEqual(['auth', 'credits', 'llm', 'usage']);
  for (const step of steps.slice(0, -1)) await completeStep(database, step, {});
  expect(await claim()).toBeUndefined();
  await completeStep(database, last, {});
  await completeStep(database, last, {});
  const redis = await claim();
  if (!redis) throw new Error('a step was due');
  expect([redis.target, redis.erasureId]).toEqual(['redis', id]);
  await completeStep(database, redis, { keys: 0 });
  expect((await findErasure(database, id))?.completedAt).toBeInstanceOf(Date);
  expect(await claim()).toBeUndefined();
});
