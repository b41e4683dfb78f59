import type { Redis } from 'ioredis';
import { queueOnFirstUse, repeatedJob } from '../queues/queue-on-first-use.ts';
import type { Vault } from '../vault/domain/vault.ts';
import { MAIL_QUEUE, maskAddress, openMail, sealMail, type MailContent, type MailJob } from './mail-job.ts';

/** Attempts to hand a mail to the mail server, over about four minutes with the back-off below. */
const ATTEMPTS_MAX = 8;
/** First pause between attempts, in milliseconds; it doubles. */
const BACKOFF_MS = 2_000;

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
  const queue = queueOnFirstUse<MailJob>(redis, MAIL_QUEUE, 'Mail');
  return {
    async add(id, mail) {
      const job = sealMail(vault, id, mail, Date.now());
      await (await queue.ready()).add(mail.template, job, repeatedJob(id, ATTEMPTS_MAX, BACKOFF_MS));
    },
    async failed(limit, offset) {
      const source = await queue.ready();
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
    close: () => queue.close(),
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
