import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { startRedis, waitFor, WRITE_REFUSALS, type OwnStore } from '@turnpike/test-kit';
import { isStoreOutage } from '../src/index.ts';

let store: OwnStore;
let redis: Redis;
beforeAll(async () => {
  store = await startRedis();
  redis = connect();
});
afterAll(async () => {
  redis.disconnect();
  await store.dispose();
});

function connect(url = store.url): Redis {
  const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
  client.on('error', () => {});
  return client;
}

/** What a command failed with. */
async function failure(command: Promise<unknown>): Promise<unknown> {
  return command.then(
    (value) => {
      throw new Error(`it did not fail, but gave ${String(value)}`);
    },
    (error: unknown) => error,
  );
}

/** Expects that a command is refused in these words, and that this is an outage. */
async function expectOutage(command: Promise<unknown>, words: string): Promise<void> {
  const error = await failure(command);
  expect(error).toMatchObject({ message: expect.stringContaining(words) });
  expect(isStoreOutage(error)).toBe(true);
}

describe('an outage is what Redis says', () => {
  test.each(Object.keys(WRITE_REFUSALS))('when it refuses writes (%s), however they are made', async (refusal) => {
    const queueConnection = connect();
    const queue = new Queue(`refusing-${refusal}`, { connection: queueConnection, skipVersionCheck: true });
    queue.on('error', () => {});
    await queue.waitUntilReady();
    const mend = await WRITE_REFUSALS[refusal]?.(redis);
    try {
      await expectOutage(redis.set('key', '1'), refusal);
      await expectOutage(redis.eval("return redis.call('SET', KEYS[1], '1')", 1, 'key'), refusal);
      await expectOutage(redis.multi().set('key', '1').exec(), 'EXECABORT');
      await expectOutage(queue.add('job', {}), refusal);
    } finally {
      await mend?.();
      await queue.close();
      queueConnection.disconnect();
    }
  });

  test('when it is a replica without its master', async () => {
    await redis.config('SET', 'replica-serve-stale-data', 'no');
    const waiting = connect();
    const reading = failure(waiting.xread('BLOCK', 0, 'STREAMS', 'news', '$'));
    await waitFor(async () => (await redis.info('clients')).includes('blocked_clients:1'));
    await redis.replicaof('127.0.0.1', 1);
    await expectOutage(redis.get('key'), 'MASTERDOWN');
    await redis.replicaof('NO', 'ONE');
    waiting.disconnect();
    expect(isStoreOutage(await reading)).toBe(true);
  });

  test('when it wants a password', async () => {
    await redis.config('SET', 'requirepass', 'secret');
    const stranger = new Redis(store.url, {
      enableReadyCheck: false,
      maxRetriesPerRequest: 0,
      disableClientInfo: true,
    });
    stranger.on('error', () => {});
    await expectOutage(stranger.set('key', '1'), 'NOAUTH');
    stranger.disconnect();
    await redis.config('SET', 'requirepass', '');
  });

  test('when it has too many clients', async () => {
    await redis.config('SET', 'maxclients', '1');
    const late = connect();
    expect(isStoreOutage(await failure(late.get('key')))).toBe(true);
    late.disconnect();
    await redis.config('SET', 'maxclients', '1000');
  });

  test('when a script keeps it busy', async () => {
    await redis.config('SET', 'busy-reply-threshold', '1');
    const busy = connect();
    const running = failure(busy.eval('while true do end', 0));
    let error: unknown;
    while (!isStoreOutage(error)) error = await redis.get('key').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringContaining('BUSY') });
    await redis.script('KILL');
    await running;
    busy.disconnect();
  });

  test('when its cluster lacks slots', async () => {
    const node = await startRedis({ cluster: true });
    const client = connect(node.url);
    await client.call('CLUSTER', 'FLUSHSLOTS');
    await expectOutage(client.get('key'), 'CLUSTERDOWN');
    client.disconnect();
    await node.dispose();
  });

  test('when it reads its data back', () => {
    expect(isStoreOutage(new Error('LOADING Redis is loading the dataset in memory'))).toBe(true);
  });
});

describe('an outage is what PostgreSQL says', () => {
  test.each([
    ['53100', 'disk full'],
    ['53300', 'too many connections'],
    ['57014', 'the statement took too long'],
    ['57P01', 'the server stops'],
    ['58030', 'a read failed'],
    ['08006', 'the connection broke'],
    ['25006', 'it is a replica'],
    ['40P01', 'a deadlock'],
    ['55P03', 'a lock is not to be had'],
  ])('with %s: %s', (code) => {
    expect(isStoreOutage(Object.assign(new Error('no'), { code }))).toBe(true);
    expect(isStoreOutage({ code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: code } } } })).toBe(
      true,
    );
  });
});

describe('no outage is', () => {
  test.each([
    ['a command that is none', () => redis.call('NOSUCHCOMMAND')],
    ['a value of the wrong type', () => redis.set('text', 'a').then(() => redis.lpush('text', 'b'))],
    ['a script that is wrong', () => redis.eval('return nil + 1', 0)],
    ['a transaction with a wrong command', () => redis.multi().call('NOSUCHCOMMAND').exec()],
  ])('%s', async (_what, command) => {
    expect(isStoreOutage(await failure(command()))).toBe(false);
  });

  test.each(['22P02', '23505', '42P01', '42501'])('SQLSTATE %s', (code) => {
    expect(isStoreOutage(Object.assign(new Error('no'), { code }))).toBe(false);
  });
});
