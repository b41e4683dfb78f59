import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestRedis, waitFor } from '@turnpike/test-kit';
import {
  createEventConsumer,
  createLogger,
  createMetrics,
  createOutboxRelay,
  uuidv7,
  writeEvent,
  type EventConsumer,
  type OutboxRelay,
} from '../src/index.ts';
import { openDatabase } from './database.ts';

const logger = createLogger('outbox-test', 'silent');
const handled: string[] = [];
const failFirst = new Set<string>();

let database: Awaited<ReturnType<typeof openDatabase>>;
let redisUrl: string;
let consumer: EventConsumer;
const relays: OutboxRelay[] = [];

beforeAll(async () => {
  database = await openDatabase();
  redisUrl = (await createTestRedis()).url;
  consumer = createEventConsumer({
    consumer: 'credits',
    redisUrl,
    logger,
    metrics: createMetrics('consumer'),
    handlers: {
      async 'user.created'({ user_id }) {
        if (failFirst.delete(user_id)) throw new Error('first attempt fails');
        handled.push(user_id);
      },
    },
  });
  for (let index = 0; index < 3; index += 1) {
    relays.push(createOutboxRelay({ database, redisUrl, logger, metrics: createMetrics(`relay${index}`) }));
  }
});

afterAll(async () => {
  await Promise.all(relays.map((relay) => relay.close()));
  await consumer.close();
  await database.close();
});

const tell = (userId: string) =>
  database.transaction((query) => writeEvent(query, 'user.created', { user_id: userId, signup_credits: 50 }));

test('three relays hand each of 250 events over once', async () => {
  const users = Array.from({ length: 250 }, () => uuidv7());
  await Promise.all(users.map(tell));
  for (const relay of relays) relay.kick();
  await waitFor(() => users.every((user) => handled.includes(user)), { timeoutMs: 15_000 });
  expect(handled.filter((user) => users.includes(user)).sort()).toEqual([...users].sort());
});

test('an event written in a transaction that fails is never told', async () => {
  const lost = uuidv7();
  const kept = uuidv7();
  const failed = database.transaction(async (query) => {
    await writeEvent(query, 'user.created', { user_id: lost, signup_credits: 50 });
    throw new Error('rolled back');
  });
  await expect(failed).rejects.toThrow('rolled back');
  await tell(kept);
  await waitFor(() => handled.includes(kept), { timeoutMs: 15_000 });
  expect(handled).not.toContain(lost);
});

test('a handler that fails is called again', async () => {
  const user = uuidv7();
  failFirst.add(user);
  await tell(user);
  await waitFor(() => handled.includes(user), { timeoutMs: 15_000 });
  expect(failFirst.has(user)).toBe(false);
});
