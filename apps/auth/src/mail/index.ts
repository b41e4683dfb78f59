import type { ServiceTools } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { createMailTransport } from './mail-transport.ts';
import { startMailWorker, type MailWorker } from './mail-worker.ts';

/** Sends queued mail in this process, if there is a mail server to send it to. */
export function sendMail(
  { config, vault }: Pick<Context, 'config' | 'vault'>,
  { logger, metrics }: ServiceTools,
): MailWorker {
  if (config.SMTP_URL === undefined) {
    logger.warn('SMTP_URL is not set: sign-in by e-mail is off');
    return { close: () => Promise.resolve() };
  }
  const transport = createMailTransport(config.SMTP_URL, config.MAIL_FROM);
  return startMailWorker({
    redisUrl: config.REDIS_URL,
    vault,
    transport,
    product: config.MAIL_PRODUCT_NAME,
    logger,
    metrics,
  });
}
