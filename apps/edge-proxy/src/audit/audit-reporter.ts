import { Queue } from 'bullmq';
import { eventQueueName, QUEUE_PREFIX, reportAudit, type EventEnvelope, type EventPayload } from '@turnpike/contracts';
import { eventJob, unavailable, type Logger } from '@turnpike/service-kit';
import type { InternalHttp } from '../neighbours/internal-http.ts';
import type { Store } from '../stores/redis.ts';
import { deadline } from '../time.ts';

/** An entry for the audit trail. */
export type AuditEvent = EventPayload<'audit.recorded'>;

export interface AuditReporterOptions {
  readonly auth: InternalHttp;
  /** Fails at once while Redis is away. */
  readonly store: Store;
  readonly logger: Logger;
  /** Told what became of so many reports. */
  readonly onOutcome: (outcome: 'recorded' | 'queued' | 'kept', reports: number) => void;
}

/** How long reports gather before they are sent, in milliseconds: what a killed edge may lose. */
const GATHER_MS = 20;
/** Pause after neither auth nor Redis took them, in milliseconds. */
const RETRY_MS = 500;
const REPORTS_PER_CALL_MAX = 100;
/** Reports that may wait in memory. Past that nobody acts for users, as an act that cannot be recorded must not happen. */
const WAITING_MAX = 10_000;
/** How long adding to the queue may take, in milliseconds. */
const ENQUEUE_TIMEOUT_MS = 500;
const CAUSE = { requestId: 'act-reports', traceparent: undefined };

/**
 * Tells auth's audit trail of acts, in batches and beside the requests. What auth cannot take now goes to its event queue in Redis, and
 * waits in memory while Redis is away too. The trail knows reports by their id, so telling twice is safe.
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

  /** Reports that nobody has taken yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes a report on. Throws `service.unavailable` when too many wait already. */
  add(report: AuditEvent): void {
    if (this.#waiting.length >= WAITING_MAX) throw unavailable('The audit trail', 'too many acts wait to be recorded');
    this.#waiting.push(report);
    this.#schedule(GATHER_MS);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#sending;
    clearTimeout(this.#timer);
    await this.#sendAll();
    clearTimeout(this.#timer);
    if (this.#waiting.length > 0) this.#options.logger.error({ reports: this.#waiting }, 'acts that were not recorded');
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
      this.#options.logger.error(
        { status, reports: batch.length },
        'auth refused reports of acts; they go to its queue',
      );
    } catch {
      // Auth is away; the queue waits for it.
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
