import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort, startRedis, waitFor, type OwnStore } from '@turnpike/test-kit';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { readRecords, type RecordReader } from './support/records.ts';

let redis: OwnStore;
let lone: LoneEdge;
let records: RecordReader;
let metricsUrl: string;

beforeAll(async () => {
  redis = await startRedis();
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  lone = await startLoneEdge({ REDIS_URL: redis.url, METRICS_PORT: String(port) });
  records = readRecords(redis.url);
});

afterAll(async () => {
  records.close();
  await lone.stop();
  await redis.dispose();
});

async function dropped(): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  return Number(/^turnpike_edge_records_dropped_total(?:\{[^}]*\})? (\d+)$/m.exec(text)?.[1] ?? 'NaN');
}

test('while Redis is down requests do not wait for their records, which arrive when it is back', async () => {
  await redis.kill();
  for (let call = 0; call < 20; call += 1) {
    const answer = await lone.send('/open/echo', { headers: { 'X-Request-ID': `down-${call}` } });
    expect(answer.status).toBe(200);
  }
  await redis.start();
  await waitFor(async () => {
    const seen = (await records.all()).filter(({ requestId }) => requestId.startsWith('down-'));
    return seen.length + (await dropped()) >= 20;
  });
  const seen = (await records.all()).filter(({ requestId }) => requestId.startsWith('down-'));
  expect(seen.length + (await dropped())).toBe(20);
});
