import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import {
  type HeldFor,
  InternalHttp,
  Ledger,
  openHold,
  type Settlement,
  type SettlementOutcome,
  Settlements,
} from '@turnpike/ledger-client';
import { createLogger, uuidv7 } from '@turnpike/service-kit';
import {
  createTestDatabase,
  createTestRedis,
  startApp,
  waitFor,
  type RunningApp,
  type TestDatabase,
  type TestRedis,
} from '@turnpike/test-kit';
import { openStores, type Stores } from '../src/stores/redis.ts';
import { KEYS } from './support/keys.ts';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';

/** What the ledger is told of holds: once it was decided it is not lost, and work that was done is charged. */
const cause = { requestId: 'settlements-test' };
const OPERATION = 'generate_balanced';

let redis: TestRedis;
let database: TestDatabase;
let credits: RunningApp;
let way: TcpProxy;
let http: InternalHttp;
let ledger: Ledger;
const logger = createLogger('settlements-test', 'fatal');
let userId: string;
let outcomes: SettlementOutcome[];
let stores: Stores;
let settlements: Settlements;
beforeAll(async () => {
  redis = await createTestRedis();
  database = await createTestDatabase('credits');
  credits = await startApp('credits', { ...KEYS, ...database.env, LOG_LEVEL: 'info', REDIS_URL: redis.url });
  way = await startTcpProxy(credits.url);
  const origin = `http://127.0.0.1:${way.port}`;
  http = new InternalHttp({
    service: 'credits',
    origin,
    serviceKey: KEYS.SERVICE_API_KEY,
    timeoutMs: 6_000,
    connectionsMax: 8,
  });
  ledger = new Ledger(http);
});
afterAll(async () => {
  await http.close();
  await way.close();
  await credits.stop();
  await database.drop();
  await redis.flush();
});
beforeEach(() => {
  userId = uuidv7();
  outcomes = [];
  ({ stores, settlements } = open());
});
afterEach(async () => {
  way.set('pass');
  await settlements.close();
  stores.disconnect();
});

function open(noteAfterMs = 6_000): { stores: Stores; settlements: Settlements } {
  const options = { url: redis.url, cluster: false, logger };
  const opened = openStores(options);
  const onOutcome = (outcome: SettlementOutcome): void => void outcomes.push(outcome);
  const { store, patientStore } = opened;
  return {
    stores: opened,
    settlements: new Settlements({ service: 'edge', ledger, store, patientStore, logger, noteAfterMs, onOutcome }),
  };
}

/** Gives the user credits. */
async function grant(granted = 50): Promise<void> {
  const credit = {
    user_id: userId,
    amount: granted,
    source: 'test',
    source_ref: uuidv7(),
    transaction_type: 'adjustment',
  };
  expect((await http.call('/internal/credits/grants', credit, cause)).status).toBe(200);
}

/** A hold of 5, its user having `granted` credits. */
async function held(granted = 50): Promise<Settlement> {
  await grant(granted);
  const { id } = await ledger.reserve(
    { payer: { type: 'user', id: userId }, what: { operation: OPERATION }, key: uuidv7(), ttlSeconds: 60 },
    cause,
  );
  return { id, userId, operation: OPERATION, cause, resolution: { action: 'settle', amount: '5000000' } };
}

const release = (settlement: Settlement): Settlement => ({ ...settlement, resolution: { action: 'release' } });
const balance = async (): Promise<unknown> =>
  (await http.call(`/internal/credits/balance?user_id=${userId}`, undefined, cause)).body;

async function isCharged(credits_: number): Promise<void> {
  await waitFor(
    async () => expect(await balance()).toMatchObject({ balance: 50 - credits_, lifetime_spent: credits_ }) ?? true,
  );
}

describe('a ledger that is there', () => {
  test('is told at once', async () => {
    const settlement = await held();
    expect(await settlements.resolve(settlement)).toBe(true);
    await isCharged(5);
    expect(outcomes).toEqual(['recorded']);
  });

  test('that gave the hold back charges the work all the same, once, and it is counted', async () => {
    const settlement = await held();
    await settlements.resolve(release(settlement));
    expect(await balance()).toMatchObject({ balance: 50 });
    expect(await settlements.resolve(settlement)).toBe(true);
    await settlements.resolve(settlement);
    await isCharged(5);
    expect(outcomes).toEqual(['recorded', 'charged_anew', 'charged_anew']);
  });

  test('that gave the hold back charges nothing for what cost nothing', async () => {
    const settlement = await held();
    await settlements.resolve(release(settlement));
    await settlements.resolve({ ...settlement, resolution: { action: 'settle', amount: '0' } });
    await isCharged(0);
    expect(outcomes).toEqual(['recorded', 'recorded']);
  });

  test('that cannot charge it either is heard of as a loss', async () => {
    const settlement = await held(5);
    await settlements.resolve(release(settlement));
    await ledger.reserve(
      { payer: { type: 'user', id: userId }, what: { operation: OPERATION }, key: uuidv7(), ttlSeconds: 60 },
      cause,
    );
    await settlements.resolve(settlement);
    expect(outcomes).toEqual(['recorded', 'lost']);
  });

  test('that has charged the hold does not give it back', async () => {
    const settlement = await held();
    await settlements.resolve(settlement);
    await settlements.resolve(release(settlement));
    await isCharged(5);
    expect(outcomes).toEqual(['recorded', 'refused']);
  });
});

describe('a reserve that was not answered holds nothing in the end', () => {
  test.each<[string, HeldFor, string | undefined]>([
    ['of an operation', { operation: OPERATION }, undefined],
    ['of an operation, by one of several attempts', { operation: OPERATION }, 'first'],
    ['of an amount', { amountMicro: '5000000', transactionType: 'llm' }, undefined],
  ])('%s', async (_what, what, attempt) => {
    await grant();
    const tools = { ledger, settlements, ttlSeconds: 600, logger, onOpen: () => {}, onResolve: () => {} };
    const operation = 'operation' in what ? what.operation : undefined;
    const request = { payer: { type: 'user' as const, id: userId }, what, key: uuidv7(), attempt };
    way.set('mute');
    await expect(openHold(request, { userId, operation, cause }, tools)).rejects.toMatchObject({ status: 503 });
    way.set('pass');
    await waitFor(() => outcomes.includes('recorded'));
    expect(await balance()).toMatchObject({ balance: 50 });
  });
});

describe('a ledger that is down is told later', () => {
  test.each([
    ['a charge', 5, (settlement: Settlement) => settlement],
    ['a return', 0, release],
  ])('%s, soon after it is up again', async (_what, spent, ended) => {
    const settlement = ended(await held());
    way.set('refuse');
    expect(await settlements.resolve(settlement)).toBe(false);
    expect([outcomes, settlements.kept]).toEqual([['queued'], 1]);
    way.set('pass');
    await isCharged(spent);
    await waitFor(() => settlements.kept === 0);
  });

  test('though Redis has lost what waited in it', async () => {
    const settlement = await held();
    way.set('refuse');
    await settlements.resolve(settlement);
    const client = new Redis(redis.url);
    await client.flushdb();
    client.disconnect();
    way.set('pass');
    await isCharged(5);
  });

  test('though the edge that decided it has stopped', async () => {
    const settlement = await held();
    way.set('refuse');
    await settlements.resolve(settlement);
    await settlements.close();
    stores.disconnect();
    way.set('pass');
    ({ stores, settlements } = open());
    await isCharged(5);
  });

  test('once each, a hundred of them', async () => {
    const settlement = await held(1_000);
    const many = await Promise.all(
      Array.from({ length: 100 }, async () => ({
        ...settlement,
        id: (
          await ledger.reserve(
            { payer: { type: 'user', id: userId }, what: { operation: OPERATION }, key: uuidv7(), ttlSeconds: 60 },
            cause,
          )
        ).id,
      })),
    );
    way.set('refuse');
    await Promise.all(many.map((one) => settlements.resolve(one)));
    way.set('pass');
    await waitFor(async () => settlements.kept === 0);
    expect(await balance()).toMatchObject({ lifetime_spent: 500 });
  });
});
