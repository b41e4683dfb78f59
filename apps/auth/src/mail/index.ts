import type { ServiceTools } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { createMailTransport } from './mail-transport.ts';
import { startMailWorker, type MailWorker } from './mail-worker.ts';
import type { Brand } from './templates/index.ts';

/** Sends queued mail in this process, if there is a mail server to send it to. */
export function sendMail(
  context: Pick<Context, 'config' | 'logger' | 'organisationConfig' | 'vault'>,
  { logger, metrics }: ServiceTools,
): MailWorker {
  const { config, vault } = context;
  if (config.SMTP_URL === undefined) {
    logger.warn('SMTP_URL is not set: sign-in by e-mail is off');
    return { close: () => Promise.resolve() };
  }
  const transport = createMailTransport(config.SMTP_URL, config.MAIL_FROM);
  return startMailWorker({
    redisUrl: config.REDIS_URL,
    vault,
    transport,
    brand: () => brandOf(context),
    logger,
    metrics,
  });
}

/** What operators call the product; while users does not answer, what the environment calls it. */
async function brandOf({
  config,
  logger,
  organisationConfig,
}: Pick<Context, 'config' | 'logger' | 'organisationConfig'>): Promise<Brand> {
  try {
    const { 'branding.name': name, 'branding.support_email': supportEmail } = await organisationConfig.of();
    return { product: name ?? config.MAIL_PRODUCT_NAME, supportEmail };
  } catch (err) {
    logger.warn({ err }, 'a mail is sent without the branding of the configuration');
    return { product: config.MAIL_PRODUCT_NAME, supportEmail: null };
  }
}
