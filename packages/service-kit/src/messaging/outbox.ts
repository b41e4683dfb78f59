import { Gauge } from '@prometheus-io/client';
import { Queue } from 'bullmq';
import { z } from 'zod';
import {
  EVENTS,
  eventQueueName,
  QUEUE_PREFIX,
  type EventConsumerName,
  type EventEnvelope,
  type EventPayload,
  type EventType,
} from '@turnpike/contracts';
import { uuidv7 } from '../data/ids.ts';
import { createQueueConnection } from '../data/redis.ts';
import type { Retention } from '../data/retention.ts';
import type { Query, SqlDatabase } from '../data/sql.ts';
import { deadline } from '../process/deadline.ts';
import type { Logger } from '../process/logger.ts';
import type { Metrics } from '../process/metrics.ts';
import { startPollLoop } from '../process/poll-loop.ts';
import { recordedTrace } from '../tracing/recorded-trace.ts';
import { DeliveryMark } from './delivery-mark.ts';

/** Events of one type handed over per transaction. */
const BATCH_MAX = 100;
/** Jobs of one consumer that wait in Redis; further events wait in the table, which is on disk. */
const QUEUE_JOBS_MAX = 10_000;
/** How often the table is polled when nobody calls `kick`, in milliseconds. */
const POLL_MS = 500;
/** Longest pause after a failure, in milliseconds. */
const BACKOFF_MS_MAX = 5_000;
/** How often the queues are counted for the metric while nothing is handed over, in milliseconds: more often than metrics are read. */
const COUNT_MS = 5_000;
/** How long Redis may take to accept a batch, in milliseconds. */
const ENQUEUE_TIMEOUT_MS = 5_000;
/** Attempts of a consumer before an event is parked as failed (about a day and a half with the back-off below). */
const DELIVERY_ATTEMPTS_MAX = 30;

/** Delivered events are kept for a week, for whoever has to find out what was told. */
export const OUTBOX_RETENTION: Retention = { table: 'outbox', column: 'delivered_at', keptSeconds: 7 * 86_400 };

/**
 * Writes an event in the caller's transaction. The table is
 * `outbox(id uuid primary key, type text, payload jsonb, created_at timestamptz default clock_timestamp(), delivered_at timestamptz, traceparent text)`. A consumer continues the trace that the event was written in.
 */
export async function writeEvent<T extends EventType>(query: Query, type: T, payload: EventPayload<T>): Promise<void> {
  await query(
    'INSERT INTO outbox (id, type, payload, traceparent) VALUES ($1::uuid, $2, $3::jsonb, $4)',
    uuidv7(),
    type,
    JSON.stringify(payload),
    recordedTrace() ?? null,
  );
}

/** Notes the trace in an event that a function of the database has written, in the same transaction. Nothing where no trace is recorded. */
export async function traceEvent(query: Query, id: string): Promise<void> {
  const traceparent = recordedTrace();
  if (traceparent !== undefined) await query('UPDATE outbox SET traceparent = $1 WHERE id = $2::uuid', traceparent, id);
}

/** An event as a job of a consumer's queue. One that is added twice is delivered once, as long as the queue remembers it. */
export function eventJob(event: EventEnvelope) {
  const opts = {
    jobId: event.id,
    attempts: DELIVERY_ATTEMPTS_MAX,
    backoff: { type: 'event' },
    removeOnComplete: { age: 3_600, count: 10_000 },
    removeOnFail: false,
  };
  return { name: event.type, data: event, opts };
}

const outboxRow = z.object({
  id: z.string(),
  type: z.custom<EventType>((type) => typeof type === 'string' && Object.hasOwn(EVENTS, type)),
  // Its consumer checks it by the schema of its type.
  payload: z.custom<EventPayload<EventType>>((payload) => typeof payload === 'object' && payload !== null),
  created_at: z.date(),
  traceparent: z.string().nullable(),
});
const outboxRows = z.array(outboxRow);
const oldest = z.tuple([z.object({ age: z.number().nullable() })]);

/** The running relay of one process. Any number of processes may relay one outbox. */
export interface OutboxRelay {
  /** Polls at once, after a commit that wrote an event. */
  kick(): void;
  close(): Promise<void>;
}

export interface OutboxRelayOptions {
  readonly database: SqlDatabase;
  readonly redisUrl: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Default 10,000; each relay may pass it by a batch. */
  readonly queueJobsMax?: number;
}

/** Who handles each type. */
const CONSUMERS = Object.entries(EVENTS).map(([type, { consumers }]) => ({ type, consumers }));
const TYPES = CONSUMERS.map(({ type }) => type);

/**
 * Moves events from the outbox table into the consumers' BullMQ queues, at least once (ADR 22): rows are locked (SKIP
 * LOCKED), enqueued under the event's id, then marked. A consumer that does not keep up fills its own queue to a bound and
 * holds up nobody else's events; types of another release are left to it.
 */
export function createOutboxRelay({
  database,
  redisUrl,
  logger,
  metrics,
  queueJobsMax = QUEUE_JOBS_MAX,
}: OutboxRelayOptions): OutboxRelay {
  const connection = createQueueConnection(redisUrl, logger);
  const queues = new Map<EventConsumerName, Queue>();
  const lag = new Gauge({
    name: 'turnpike_outbox_oldest_pending_seconds',
    help: 'Age of the oldest event that has not been handed to the queue.',
    registers: [metrics.registry],
  });
  const waiting = new Gauge({
    name: 'turnpike_event_queue_jobs',
    help: 'Events that wait in Redis for each consumer; at the bound the others wait in their outbox.',
    labelNames: ['consumer'],
    registers: [metrics.registry],
  });
  let countedMs = Number.NEGATIVE_INFINITY;
  const mark = new DeliveryMark({
    redis: connection,
    query: database.query,
    types: TYPES,
    eventsMax: TYPES.length * queueJobsMax,
  });

  function queueFor(consumer: EventConsumerName): Queue {
    const existing = queues.get(consumer);
    if (existing) return existing;
    const queue = new Queue(eventQueueName(consumer), { connection, prefix: QUEUE_PREFIX });
    queue.on('error', () => {});
    queues.set(consumer, queue);
    return queue;
  }

  /** Types whose consumers all have room for more. */
  async function typesWithRoom(): Promise<string[]> {
    const full = new Set<EventConsumerName>();
    countedMs = performance.now();
    for (const consumer of new Set(CONSUMERS.flatMap(({ consumers }) => consumers))) {
      const jobs = await queueFor(consumer).count();
      waiting.set({ consumer }, jobs);
      if (jobs >= queueJobsMax) full.add(consumer);
    }
    return CONSUMERS.filter(({ consumers }) => !consumers.some((consumer) => full.has(consumer))).map(
      ({ type }) => type,
    );
  }

  async function restoreLost(): Promise<void> {
    const lost = await deadline(mark.restore(), ENQUEUE_TIMEOUT_MS, 'looking for what Redis has lost');
    if (lost > 0) logger.warn({ events: lost }, 'Redis lost events; they are handed over again');
  }

  async function relayBatch(types: readonly string[]): Promise<number> {
    const { moved, deliveredAt } = await database.transaction(async (query) => {
      const pending = await query(
        `SELECT pending.* FROM unnest($1::text[]) AS wanted (type) CROSS JOIN LATERAL (
           SELECT id, type, payload, created_at, traceparent FROM outbox
            WHERE delivered_at IS NULL AND type = wanted.type ORDER BY created_at LIMIT $2::int FOR UPDATE SKIP LOCKED) AS pending`,
        types,
        BATCH_MAX,
      );
      const rows = outboxRows.parse(pending);
      if (rows.length === 0) return { moved: 0, deliveredAt: 0 };
      await deadline(enqueue(rows), ENQUEUE_TIMEOUT_MS, 'adding to the queues');
      const ids = rows.map((row) => row.id);
      return { moved: rows.length, deliveredAt: await mark.deliver(query, ids) };
    });
    if (moved > 0) await deadline(mark.advance(deliveredAt), ENQUEUE_TIMEOUT_MS, 'marking what was delivered');
    return moved;
  }

  async function enqueue(rows: readonly z.output<typeof outboxRow>[]): Promise<void> {
    const jobs = new Map<EventConsumerName, ReturnType<typeof eventJob>[]>();
    for (const { id, type, payload, created_at: at, traceparent } of rows) {
      const trace = traceparent === null ? {} : { traceparent };
      const job = eventJob({ id, type, payload, created_at: at.toISOString(), ...trace });
      for (const consumer of EVENTS[type].consumers) jobs.set(consumer, [...(jobs.get(consumer) ?? []), job]);
    }
    await Promise.all([...jobs].map(([consumer, added]) => queueFor(consumer).addBulk(added)));
  }

  /** Whether any event waits. */
  async function measure(): Promise<boolean> {
    const measured = await database.query(
      `SELECT extract(epoch FROM clock_timestamp() - min(oldest.created_at))::float8 AS age
         FROM unnest($1::text[]) AS known (type) CROSS JOIN LATERAL (
           SELECT created_at FROM outbox WHERE delivered_at IS NULL AND type = known.type ORDER BY created_at LIMIT 1) AS oldest`,
      TYPES,
    );
    const [{ age }] = oldest.parse(measured);
    lag.set(Math.max(0, age ?? 0));
    return age !== null;
  }

  const loop = startPollLoop({
    name: 'outbox relay',
    everyMs: POLL_MS,
    retryMsMax: BACKOFF_MS_MAX,
    logger,
    async round() {
      // The connection says itself when Redis is down; until it is back the rows wait where they are.
      const isReady = connection.status === 'ready';
      if (isReady) await restoreLost();
      const waits = await measure();
      // Most rounds find nothing, and need no transaction; the queues are counted less often then.
      if (!isReady || !(waits || performance.now() - countedMs >= COUNT_MS)) return false;
      const types = await deadline(typesWithRoom(), ENQUEUE_TIMEOUT_MS, 'asking the queues');
      if (!waits) return false;
      if ((await relayBatch(types)) >= BATCH_MAX) return true;
      await measure();
      return false;
    },
  });
  return {
    kick: () => loop.kick(),
    async close() {
      await loop.close();
      await Promise.all([...queues.values()].map((queue) => queue.close().catch(() => {})));
      connection.disconnect();
    },
  };
}
