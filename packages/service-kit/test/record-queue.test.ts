import { afterEach, expect, test } from '@jest/globals';
import { createLogger, createRedis, RecordQueue } from '../src/index.ts';

const MEBIBYTE = 1_048_576;
const down = createRedis('redis://127.0.0.1:1', createLogger('test', 'silent'));

afterEach(() => down.disconnect());

test('what waits for Redis is bounded; batches past it are dropped and counted, and so is what is left at the end', async () => {
  let dropped = 0;
  const queue = new RecordQueue({
    store: down,
    producer: '01890000-0000-7000-8000-000000000000',
    streamBytesMax: MEBIBYTE,
    onDropped: (records) => (dropped += records),
  });
  const text = 'x'.repeat(MEBIBYTE);
  for (let batch = 0; batch < 20; batch += 1) queue.add(500, text);
  expect(queue.waiting).toBe(16);
  expect(dropped).toBe(4 * 500);
  await queue.close();
  expect(dropped).toBe(20 * 500);
  expect(queue.waiting).toBe(0);
});
