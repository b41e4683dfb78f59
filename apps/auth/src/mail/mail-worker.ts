import { Counter } from '@prometheus-io/client';
import { UnrecoverableError, Worker, type Job } from 'bullmq';
import { QUEUE_PREFIX } from '@turnpike/contracts';
import { createQueueConnection, type Logger, type Metrics } from '@turnpike/service-kit';
import type { Vault } from '../vault/domain/vault.ts';
import { MAIL_QUEUE, maskAddress, openMail, type MailJob } from './mail-job.ts';
import { deliveryFailure, type MailTransport } from './mail-transport.ts';
import { renderMail, type Brand } from './templates/index.ts';

/** Mails handed to the mail server at once by one process. */
const CONCURRENCY = 5;

export interface MailWorkerOptions {
  readonly redisUrl: string;
  readonly vault: Vault;
  readonly transport: MailTransport;
  /** Never rejects. */
  readonly brand: () => Promise<Brand>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface MailWorker {
  close(): Promise<void>;
}

/**
 * Sends queued mail, unless the mail server refused it for good or its time has passed. Errors carry codes only, because
 * BullMQ keeps their messages and a mail server's sentence may name the recipient.
 */
export function startMailWorker({ redisUrl, vault, transport, brand, logger, metrics }: MailWorkerOptions): MailWorker {
  const connection = createQueueConnection(redisUrl, logger);
  const sent = new Counter({
    name: 'turnpike_mails_total',
    help: 'Mails by template and outcome: sent, retried, failed.',
    labelNames: ['template', 'outcome'],
    registers: [metrics.registry],
  });

  async function deliver(job: Job<MailJob>): Promise<void> {
    if ('recipient' in job.data) throw new UnrecoverableError('content_removed');
    const { sealed, expiresAtMs, template } = job.data;
    const mail = openMail(vault, job.id ?? '', sealed);
    try {
      if (Date.now() >= expiresAtMs) throw new UnrecoverableError('expired');
      const rendered = renderMail(mail, await brand());
      if (rendered === undefined) return;
      await transport.send(mail.to, rendered);
    } catch (error) {
      const failure = error instanceof UnrecoverableError ? error : deliveryFailure(error);
      const final = failure instanceof UnrecoverableError || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      sent.inc({ template, outcome: final ? 'failed' : 'retried' });
      logger.warn(
        { mailId: job.id, template, reason: failure.message, attempt: job.attemptsMade + 1, final },
        'mail was not sent',
      );
      if (final) await job.updateData({ template, recipient: maskAddress(mail.to) });
      throw failure;
    }
    sent.inc({ template, outcome: 'sent' });
  }

  const worker = new Worker<MailJob>(MAIL_QUEUE, deliver, {
    connection,
    prefix: QUEUE_PREFIX,
    concurrency: CONCURRENCY,
  });
  worker.on('error', () => {});
  return {
    async close() {
      await worker.close(connection.status !== 'ready');
      transport.close();
      connection.disconnect();
    },
  };
}
