import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { eventQueueName, POLICY_ALERTS_PREFIX, QUEUE_PREFIX, type EventEnvelope } from '@turnpike/contracts';
import { deadline, eventJob, within, type Logger } from '@turnpike/service-kit';
import type { NewViolation } from './stored-violation.ts';

/** Severities that owners are told of. */
const TOLD_OF: ReadonlySet<string> = new Set(['high', 'critical']);
/** How long nothing more is told of the same policy of an organisation, in seconds: the rest stands in its list. */
const QUIET_SECONDS = 3_600;
/** How long a process that is telling keeps the others from it, in seconds. */
const CLAIM_SECONDS = 60;
const TOLD = 'told';
const WAITING_MAX = 1_000;
const RETRY_MS = 1_000;
const REDIS_TIMEOUT_MS = 2_000;
/** How long the last ones may take when the service stops, in milliseconds. */
const CLOSING_MS_MAX = 2_000;

export interface PolicyAlertsOptions {
  /** Fails at once while Redis is down. */
  readonly store: Redis;
  readonly logger: Logger;
  readonly onOutcome: (outcome: 'told' | 'quiet' | 'lost') => void;
}

/**
 * Tells the owners of an organisation of what its policies found, where that is grave: an event for auth, which mails and alerts. Once an hour for each
 * policy, whatever the number of calls and processes, and beside the calls.
 */
export class PolicyAlerts {
  readonly #options: PolicyAlertsOptions;
  readonly #queue: Queue;
  readonly #own = randomUUID();
  readonly #waiting = new Map<string, NewViolation>();
  #telling: Promise<void> | undefined;
  #closed = false;

  constructor(options: PolicyAlertsOptions) {
    this.#options = options;
    this.#queue = new Queue(eventQueueName('auth'), {
      connection: options.store,
      prefix: QUEUE_PREFIX,
      skipVersionCheck: true,
    });
    // The connection reports its errors itself.
    this.#queue.on('error', () => {});
  }

  /** Never waits and never throws: what finds no room is counted as lost, and stands in the list of violations. */
  add(violation: NewViolation): void {
    const { organisationId } = violation.call;
    if (organisationId === undefined || !TOLD_OF.has(violation.severity)) return;
    const key = `${organisationId}:${violation.policyId}`;
    if (this.#waiting.has(key)) return;
    if (this.#waiting.size >= WAITING_MAX) {
      this.#options.onOutcome('lost');
      return;
    }
    this.#waiting.set(key, violation);
    this.#telling ??= this.#tellAll();
  }

  async close(): Promise<void> {
    if (this.#telling !== undefined) await within(this.#telling, CLOSING_MS_MAX);
    this.#closed = true;
    for (const _key of this.#waiting.keys()) this.#options.onOutcome('lost');
    await this.#queue.close().catch(() => {});
  }

  async #tellAll(): Promise<void> {
    let failing = false;
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined || this.#closed) break;
      const [key, violation] = first;
      try {
        const told = await deadline(this.#tell(key, violation), REDIS_TIMEOUT_MS, 'telling of a violation');
        this.#options.onOutcome(told ? 'told' : 'quiet');
        this.#waiting.delete(key);
        failing = false;
      } catch (err) {
        if (!failing) this.#options.logger.warn({ err }, 'alerts of policies wait for Redis');
        failing = true;
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    this.#telling = undefined;
  }

  /** Whether it was told now; `false` where it was within the hour, or another process is at it. */
  async #tell(key: string, violation: NewViolation): Promise<boolean> {
    const { store } = this.#options;
    const claim = `${POLICY_ALERTS_PREFIX}${key}`;
    const isFirst = (await store.set(claim, this.#own, 'EX', CLAIM_SECONDS, 'NX')) !== null;
    // An own claim is of an attempt that Redis broke off.
    if (!isFirst && (await store.get(claim)) !== this.#own) return false;
    const { name, data, opts } = eventJob(noticeOf(violation));
    await this.#queue.add(name, data, opts);
    await store.set(claim, TOLD, 'EX', QUIET_SECONDS);
    return true;
  }
}

function noticeOf(violation: NewViolation): EventEnvelope<'organisation.notice'> {
  const { id, call, createdAt, policyId, policyName, severity, action } = violation;
  return {
    id,
    type: 'organisation.notice',
    created_at: createdAt.toISOString(),
    payload: {
      organisation_id: call.organisationId ?? '',
      key: `policy_${id}`,
      notice: {
        kind: 'policy_violated',
        at: createdAt.toISOString(),
        violation_id: id,
        policy_id: policyId,
        policy: policyName,
        severity,
        action,
        environment: call.environment ?? null,
      },
    },
  };
}
