import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { freePort, startRedis, waitFor, WRITE_REFUSALS, type OwnStore } from '@turnpike/test-kit';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { send } from './support/send.ts';

/** Longer than an edge waits before it asks a store again that failed, several times over. */
const TRAFFIC_MS = 2_000;
const LIMIT = 10;
/** A slow machine sends few requests in that time; so many are sent anyway, so that some are refused. */
const REQUESTS_MIN = LIMIT + 5;

let store: OwnStore;
let redis: Redis;
let lone: LoneEdge;
let metricsUrl: string;
beforeAll(async () => {
  store = await startRedis();
  redis = new Redis(store.url);
  redis.on('error', () => {});
  const metricsPort = await freePort();
  metricsUrl = `http://127.0.0.1:${metricsPort}`;
  lone = await startLoneEdge({
    REDIS_URL: store.url,
    METRICS_PORT: String(metricsPort),
    REDIS_TIMEOUT_MS: '5000',
    TRUSTED_PROXIES: '127.0.0.1',
    RATE_LIMIT_TIERS: JSON.stringify({ anonymous: { per_minute: LIMIT } }),
  });
});
afterAll(async () => {
  await lone.stop();
  redis.disconnect();
  await store.dispose();
});

const degraded = async () => {
  const { text } = await send(metricsUrl, '/metrics');
  return /^turnpike_edge_limiter_degraded\S* (\S+)$/m.exec(text)?.[1];
};

test.each(Object.keys(WRITE_REFUSALS))(
  '%s: looks at the limits, which succeed, open no new windows',
  async (refusal) => {
    // Another client each time.
    const headers = { 'X-Forwarded-For': `198.51.100.${refusal.length}` };
    const mend = await WRITE_REFUSALS[refusal]?.(redis);
    try {
      let admitted = 0;
      const startedMs = performance.now();
      for (let sent = 0; sent < REQUESTS_MIN || performance.now() - startedMs < TRAFFIC_MS; sent += 1) {
        if ((await lone.send('/open/x', { headers })).status === 200) admitted += 1;
        const look = await lone.send('/health', { headers });
        expect(look.headers['x-ratelimit-remaining']).toBe(String(LIMIT - admitted));
      }
      expect(admitted).toBe(LIMIT);
      expect(await degraded()).toBe('1');
    } finally {
      await mend?.();
    }
    await waitFor(async () => {
      await lone.send('/health');
      return (await degraded()) === '0';
    });
  },
);
