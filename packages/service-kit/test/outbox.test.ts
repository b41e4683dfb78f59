import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { eventQueueName, QUEUE_PREFIX } from '@turnpike/contracts';
import { createTestRedis, waitFor } from '@turnpike/test-kit';
import {
  createEventConsumer,
  createLogger,
  createMetrics,
  createOutboxRelay,
  createQueueConnection,
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
  await waitFor(() => users.every((user) => handled.includes(user)));
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
  await waitFor(() => handled.includes(kept));
  expect(handled).not.toContain(lost);
});

test('a handler that fails is called again', async () => {
  const user = uuidv7();
  failFirst.add(user);
  await tell(user);
  await waitFor(() => handled.includes(user));
  expect(failFirst.has(user)).toBe(false);
});

describe('a consumer that does not keep up', () => {
  test('fills its queue to a bound, holds up nobody else, and is given the rest as it gets on', async () => {
    const redis = await createTestRedis();
    const own = await openDatabase();
    const bound = 150;
    const relay = createOutboxRelay({
      database: own,
      redisUrl: redis.url,
      logger,
      metrics: createMetrics('relay'),
      queueJobsMax: bound,
    });
    const connection = createQueueConnection(redis.url, logger);
    const queueOf = (consumer: 'credits' | 'auth') =>
      new Queue(eventQueueName(consumer), { connection, prefix: QUEUE_PREFIX });
    const [slow, other] = [queueOf('credits'), queueOf('auth')];
    const done = new Set<string>();
    const users = Array.from({ length: 1_000 }, () => uuidv7());
    try {
      await own.transaction(async (query) => {
        for (const user_id of users) await writeEvent(query, 'user.created', { user_id, signup_credits: 50 });
        for (const user_id of users.slice(0, 5)) await writeEvent(query, 'user.updated', { user_id, tier: 'pro' });
      });
      relay.kick();
      await waitFor(async () => (await other.count()) === 5 && (await slow.count()) >= bound);
      // One batch may pass it.
      expect(await slow.count()).toBeLessThanOrEqual(bound + 100);
      const consumerOfAll = createEventConsumer({
        consumer: 'credits',
        redisUrl: redis.url,
        logger,
        metrics: createMetrics('consumer'),
        handlers: {
          async 'user.created'({ user_id }) {
            done.add(user_id);
          },
        },
      });
      await waitFor(() => done.size === users.length);
      await consumerOfAll.close();
    } finally {
      await relay.close();
      await Promise.all([slow.close(), other.close()]);
      connection.disconnect();
      await own.close();
    }
  });
});

test('what waits for a consumer is counted also while nothing is handed over', async () => {
  const redis = await createTestRedis();
  const own = await openDatabase();
  const metrics = createMetrics('relay');
  const relay = createOutboxRelay({ database: own, redisUrl: redis.url, logger, metrics });
  const connection = createQueueConnection(redis.url, logger);
  const queue = new Queue(eventQueueName('credits'), { connection, prefix: QUEUE_PREFIX });
  const counted = async (jobs: number): Promise<boolean> =>
    new RegExp(`^turnpike_event_queue_jobs\\{[^}]*consumer="credits"[^}]*\\} ${jobs}$`, 'm').test(
      await metrics.registry.metrics(),
    );
  try {
    await own.transaction((query) => writeEvent(query, 'user.created', { user_id: uuidv7(), signup_credits: 50 }));
    relay.kick();
    await waitFor(async () => (await queue.count()) === 1);
    await waitFor(() => counted(1));
    await queue.drain();
    await waitFor(() => counted(0));
  } finally {
    await relay.close();
    await queue.close();
    connection.disconnect();
    await own.close();
  }
});

describe('a Redis that lost what it was given', () => {
  test.each([
    ['everything', async (redis: Redis) => void (await redis.flushdb())],
    [
      'the last moment',
      async (redis: Redis, queue: Queue, earlier: string) => {
        await queue.obliterate({ force: true });
        const [key] = await redis.keys('{turnpike}:outbox:*');
        await redis.zadd(key ?? '', earlier, 'delivered');
      },
    ],
  ])('is given it again: %s', async (what, lose) => {
    const redis = await createTestRedis();
    const own = await openDatabase();
    const client = new Redis(redis.url);
    const connection = createQueueConnection(redis.url, logger);
    const queue = new Queue(eventQueueName('credits'), { connection, prefix: QUEUE_PREFIX });
    const waiting = async () => (await queue.getJobs()).map(({ data }) => String(data.payload.user_id)).sort();
    const open = () =>
      createOutboxRelay({ database: own, redisUrl: redis.url, logger, metrics: createMetrics('relay') });
    const [first, second] = [uuidv7(), uuidv7()];
    let relay = open();
    const deliver = async (user_id: string) => {
      await own.transaction((query) => writeEvent(query, 'user.created', { user_id, signup_credits: 50 }));
      relay.kick();
      await waitFor(async () => (await waiting()).includes(user_id));
      await waitFor(async () => (await own.query('SELECT FROM outbox WHERE delivered_at IS NULL')).length === 0);
    };
    const mark = async () => client.zscore((await client.keys('{turnpike}:outbox:*'))[0] ?? '', 'delivered');
    try {
      await deliver(first);
      const earlier = await waitFor(mark);
      await deliver(second);
      await waitFor(async () => (await mark()) !== earlier);
      const expected = what === 'everything' ? [first, second].sort() : [second];
      await lose(client, queue, earlier);
      await waitFor(async () => (await waiting()).length > 0);
      expect(await waiting()).toEqual(expected);
      // So does a relay that was not there when it was lost.
      await relay.close();
      await lose(client, queue, earlier);
      relay = open();
      await waitFor(async () => (await waiting()).length > 0);
      expect(await waiting()).toEqual(expected);
    } finally {
      await relay.close();
      await queue.close();
      connection.disconnect();
      client.disconnect();
      await own.close();
    }
  });
});

test('an event of a type that this release does not know is left, and holds up no other', async () => {
  const user = uuidv7();
  await database.query("INSERT INTO outbox (id, type, payload) VALUES ($1::uuid, 'user.of_tomorrow', '{}')", uuidv7());
  await tell(user);
  await waitFor(() => handled.includes(user));
  const left = await database.query("SELECT FROM outbox WHERE type = 'user.of_tomorrow' AND delivered_at IS NULL");
  expect(left).toHaveLength(1);
});
