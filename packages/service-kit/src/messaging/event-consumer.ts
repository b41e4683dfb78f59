import { Counter } from '@prometheus-io/client';
import { Worker } from 'bullmq';
import {
  EVENTS,
  eventQueueName,
  QUEUE_PREFIX,
  type EventConsumerName,
  type EventEnvelope,
  type EventPayload,
  type EventType,
} from '@turnpike/contracts';
import { createQueueConnection } from '../data/redis.ts';
import { withRequestContext } from '../http/request-context.ts';
import { backOffMs } from '../process/back-off.ts';
import type { Logger } from '../process/logger.ts';
import type { Metrics } from '../process/metrics.ts';
import { isTraceparent } from '../tracing/traceparent.ts';
import { isTracing, startSpan, withSpan, type Span } from '../tracing/tracing.ts';

/** Events handled at once per process. */
const CONCURRENCY = 8;
/** First and longest pause between attempts, in milliseconds. */
const BACKOFF_MS_MIN = 500;
const BACKOFF_MS_MAX = 2 * 3_600_000;

/**
 * Handlers by event type. Each must be idempotent: an event arrives at least once, so a handler records `event.id` in the transaction of
 * its effect, or its effect is the same when repeated.
 */
export type EventHandlers = {
  readonly [T in EventType]?: (payload: EventPayload<T>, event: EventEnvelope<T>) => Promise<void>;
};

export interface EventConsumerOptions {
  readonly consumer: EventConsumerName;
  readonly redisUrl: string;
  readonly handlers: EventHandlers;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface EventConsumer {
  close(): Promise<void>;
}

/** Handles a service's events from its BullMQ queue, retrying with growing pauses; what fails to the end stays in the queue's failed set. */
export function createEventConsumer({
  consumer,
  redisUrl,
  handlers,
  logger,
  metrics,
}: EventConsumerOptions): EventConsumer {
  const connection = createQueueConnection(redisUrl, logger);
  const handled = new Counter({
    name: 'turnpike_events_handled_total',
    help: 'Events by type and outcome.',
    labelNames: ['type', 'outcome'],
    registers: [metrics.registry],
  });
  const worker = new Worker<EventEnvelope>(
    eventQueueName(consumer),
    async (job) => {
      const event = job.data;
      const handler = handlers[event.type] as ((payload: unknown, event: EventEnvelope) => Promise<void>) | undefined;
      if (!handler) throw new Error(`${consumer} has no handler for ${event.type}`);
      const payload = EVENTS[event.type].payload.parse(event.payload);
      const span = isTracing() ? startEventSpan(consumer, event) : undefined;
      const context = { requestId: event.id, traceparent: span?.traceparent };
      await withSpan(span, () => withRequestContext(context, () => handler(payload, event)));
      handled.inc({ type: event.type, outcome: 'done' });
    },
    {
      connection,
      prefix: QUEUE_PREFIX,
      concurrency: CONCURRENCY,
      settings: {
        backoffStrategy: (attempts: number) => backOffMs(attempts, BACKOFF_MS_MIN, BACKOFF_MS_MAX),
      },
    },
  );
  worker.on('failed', (job, err) => {
    handled.inc({ type: job?.data.type ?? 'unknown', outcome: 'failed' });
    logger.warn({ err, eventId: job?.id, type: job?.data.type, attempts: job?.attemptsMade }, 'event handler failed');
  });
  worker.on('error', () => {});
  return {
    async close() {
      await worker.close(connection.status !== 'ready');
      connection.disconnect();
    },
  };
}

/** In the trace that the event was written in. */
function startEventSpan(consumer: EventConsumerName, { id, type, traceparent }: EventEnvelope): Span | undefined {
  return startSpan(`process ${type}`, 'consumer', isTraceparent(traceparent) ? traceparent : undefined, {
    'messaging.system': 'bullmq',
    'messaging.destination.name': eventQueueName(consumer),
    'messaging.operation.type': 'process',
    'messaging.message.id': id,
  });
}
