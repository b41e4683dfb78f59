import { Counter, Gauge } from '@prometheus-io/client';
import type { Metrics } from '../process/metrics.ts';

/** A connection as ioredis makes it for one Redis or a cluster. */
export interface MeasuredRedis {
  readonly status: string;
  ping(): Promise<unknown>;
  info(section: 'memory'): Promise<string>;
  on(event: 'close', listener: () => void): unknown;
}

export interface RedisMetricsOptions {
  /** Whether its answers are timed: not on a connection whose commands wait in the server. */
  readonly timed?: boolean;
}

/** Shows whether a process reaches Redis and how fast it answers; once per process, for the connection that its work depends on most. */
export function exposeRedis(
  redis: MeasuredRedis,
  { registry }: Metrics,
  { timed = true }: RedisMetricsOptions = {},
): void {
  new Gauge({
    name: 'turnpike_redis_connected',
    help: '1 while the connection to Redis is up.',
    registers: [registry],
    // Of several workers, the one that is worst off.
    aggregator: 'min',
    collect() {
      this.set(redis.status === 'ready' ? 1 : 0);
    },
  });
  const lost = new Counter({
    name: 'turnpike_redis_connections_lost_total',
    help: 'How often the connection to Redis was closed or could not be made.',
    registers: [registry],
  });
  redis.on('close', () => lost.inc());
  if (!timed) return;
  new Gauge({
    name: 'turnpike_redis_ping_seconds',
    help: 'How long Redis took to answer a ping when the metrics were read; no value where it did not.',
    registers: [registry],
    aggregator: 'max',
    async collect() {
      const startedMs = performance.now();
      try {
        if (redis.status !== 'ready') throw new Error('not connected');
        await redis.ping();
        this.set((performance.now() - startedMs) / 1_000);
      } catch {
        this.set(Number.NaN);
      }
    },
  });
  new Gauge({
    name: 'turnpike_redis_used_bytes',
    help: 'Memory that Redis uses, as it says itself; of a cluster, one of its servers.',
    registers: [registry],
    aggregator: 'max',
    async collect() {
      const text = redis.status === 'ready' ? await redis.info('memory').catch(() => '') : '';
      this.set(Number(/^used_memory:(\d+)/m.exec(text)?.[1] ?? Number.NaN));
    },
  });
}
