import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUE_PREFIX } from '@turnpike/contracts';
import { unavailable } from '@turnpike/service-kit';
import type { Vault } from '../vault/domain/vault.ts';
import { MAIL_QUEUE, maskAddress, openMail, sealMail, type MailContent, type MailJob } from './mail-job.ts';

/** Attempts to hand a mail to the mail server, over about four minutes with the back-off below. */
const ATTEMPTS_MAX = 8;
/** First pause between attempts, in milliseconds; it doubles. */
const BACKOFF_MS = 2_000;
/** How long failed mails stay for operators to see, in seconds, and how many. */
const FAILED_KEPT_SECONDS = 7 * 86_400;
const FAILED_KEPT_MAX = 1_000;

/** A mail that could not be sent, as operators see it. */
export interface FailedMail {
  readonly id: string;
  readonly template: string;
  readonly recipient: string;
  readonly reason: string;
  readonly attempts: number;
  readonly queuedAtMs: number;
  readonly failedAtMs: number;
}

export interface MailQueue {
  /** Puts a mail on its way, once per id. Throws `service.unavailable` when Redis is down. */
  add(id: string, mail: MailContent): Promise<void>;
  /** Failed mails, newest first, and how many there are. */
  failed(limit: number, offset: number): Promise<{ items: FailedMail[]; total: number }>;
  close(): Promise<void>;
}

/** The producing side of the mail queue, over a connection that fails quickly while Redis is down. */
export function createMailQueue(redis: Redis, vault: Vault): MailQueue {
  let queue: Queue<MailJob> | undefined;

  /** A queue that is made while Redis is down never recovers, so it is made on first use. */
  async function connected(): Promise<Queue<MailJob>> {
    if (redis.status !== 'ready') throw unavailable('Mail', 'redis is not connected');
    if (queue === undefined) {
      queue = new Queue<MailJob>(MAIL_QUEUE, { connection: redis, prefix: QUEUE_PREFIX });
      queue.on('error', () => {});
    }
    const current = queue;
    try {
      await current.waitUntilReady();
    } catch (cause) {
      if (queue === current) queue = undefined;
      await current.close().catch(() => {});
      throw unavailable('Mail', cause);
    }
    return current;
  }

  return {
    async add(id, mail) {
      const target = await connected();
      await target.add(mail.template, sealMail(vault, id, mail, Date.now()), {
        jobId: id,
        attempts: ATTEMPTS_MAX,
        backoff: { type: 'exponential', delay: BACKOFF_MS, jitter: 0.2 },
        removeOnComplete: true,
        removeOnFail: { age: FAILED_KEPT_SECONDS, count: FAILED_KEPT_MAX },
        stackTraceLimit: 0,
      });
    },
    async failed(limit, offset) {
      const source = await connected();
      const [total, jobs] = await Promise.all([source.getFailedCount(), source.getFailed(offset, offset + limit - 1)]);
      const items = jobs.map((job) => ({
        id: job.id ?? '',
        template: job.data.template,
        recipient: recipientOf(vault, job.id ?? '', job.data),
        reason: job.failedReason,
        attempts: Math.max(1, job.attemptsMade),
        queuedAtMs: job.timestamp,
        failedAtMs: job.finishedOn ?? job.timestamp,
      }));
      return { items, total };
    },
    async close() {
      await queue?.close().catch(() => {});
    },
  };
}

/** A worker that was killed in its last attempt leaves a mail sealed. */
function recipientOf(vault: Vault, id: string, job: MailJob): string {
  if ('recipient' in job) return job.recipient;
  try {
    return maskAddress(openMail(vault, id, job.sealed).to);
  } catch {
    return 'unknown';
  }
}
