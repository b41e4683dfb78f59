import { Queue } from 'bullmq';
import { eventQueueName, QUEUE_PREFIX, reportAudit, type EventEnvelope, type EventPayload } from '@turnpike/contracts';
import type { InternalHttp } from '@turnpike/ledger-client';
import { eventJob, unavailable, type Logger, deadline } from '@turnpike/service-kit';
import type { Store } from '../stores/redis.ts';

/** An entry for the audit trail. */
export type AuditEvent = EventPayload<'audit.recorded'>;

export interface AuditReporterOptions {
  readonly auth: InternalHttp;
  /** Fails at once while Redis is down. */
  readonly store: Store;
  readonly logger: Logger;
  /** Told what became of so many events. */
  readonly onOutcome: (outcome: 'recorded' | 'queued' | 'kept', reports: number) => void;
}

/** How long events gather before they are sent, in milliseconds: what a killed edge may lose. */
const GATHER_MS = 20;
/** Pause after neither auth nor Redis took them, in milliseconds. */
const RETRY_MS = 500;
const REPORTS_PER_CALL_MAX = 100;
/**
 * Events that may wait in memory. Past that no service may act for users, as nothing must be done that cannot be
 * recorded.
 */
const WAITING_MAX = 10_000;
/** How long adding to the queue may take, in milliseconds. */
const ENQUEUE_TIMEOUT_MS = 500;
const CAUSE = { requestId: 'audit-reports', traceparent: undefined };

/**
 * Sends audit events to auth, in batches and beside the requests. What auth cannot take goes to its event queue in
 * Redis, and waits in memory while Redis is down too; auth knows events by their id, so sending twice is safe.
 */
export class AuditReporter {
  readonly #options: AuditReporterOptions;
  readonly #queue: Queue;
  #waiting: AuditEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(options: AuditReporterOptions) {
    this.#options = options;
    this.#queue = new Queue(eventQueueName('auth'), {
      connection: options.store,
      prefix: QUEUE_PREFIX,
      skipVersionCheck: true,
    });
    // The connection reports its errors itself.
    this.#queue.on('error', () => {});
  }

  /** Events that nobody has taken yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes an event on. Throws `service.unavailable` when too many wait already. */
  add(report: AuditEvent): void {
    if (this.#waiting.length >= WAITING_MAX)
      throw unavailable('The audit trail', 'too many audit events wait to be recorded');
    this.#waiting.push(report);
    this.#schedule(GATHER_MS);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#sending;
    clearTimeout(this.#timer);
    await this.#sendAll();
    clearTimeout(this.#timer);
    if (this.#waiting.length > 0)
      this.#options.logger.error({ reports: this.#waiting }, 'audit events that were not recorded');
    await this.#queue.close();
  }

  #schedule(afterMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#sending.then(() => this.#sendAll());
    }, afterMs).unref();
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, REPORTS_PER_CALL_MAX);
      const outcome = await this.#send(batch);
      this.#options.onOutcome(outcome, batch.length);
      if (outcome === 'kept') {
        this.#schedule(RETRY_MS);
        return;
      }
      this.#waiting = this.#waiting.slice(batch.length);
    }
  }

  async #send(batch: readonly AuditEvent[]): Promise<'recorded' | 'queued' | 'kept'> {
    try {
      const { status } = await this.#options.auth.call(reportAudit.path, { items: batch }, CAUSE);
      if (status === 200) return 'recorded';
      this.#options.logger.error({ status, reports: batch.length }, 'auth refused audit events; they go to its queue');
    } catch {
      // Auth is down; the queue waits for it.
    }
    try {
      const events = batch.map((payload): EventEnvelope<'audit.recorded'> => ({
        id: payload.id,
        type: 'audit.recorded',
        payload,
        created_at: payload.at,
      }));
      await deadline(this.#queue.addBulk(events.map(eventJob)), ENQUEUE_TIMEOUT_MS, 'adding to the queue');
      return 'queued';
    } catch {
      return 'kept';
    }
  }
}
