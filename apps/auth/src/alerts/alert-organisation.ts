import type { Context } from '../context.ts';
import type { Alert } from './alert-queue.ts';

/**
 * Has an alert posted to the webhook that its organisation names, once for each `id`; where the configuration does not answer now, that is found out
 * later. Throws `service.unavailable` while the queue does not take it.
 */
export async function alertOrganisation(
  { alertQueue, logger, organisationConfig }: Pick<Context, 'alertQueue' | 'logger' | 'organisationConfig'>,
  id: string,
  alert: Alert,
): Promise<void> {
  const { organisationId } = alert;
  try {
    const { 'alerts.webhook_url': url } = await organisationConfig.of(organisationId);
    if (url === null) return;
  } catch (err) {
    logger.warn({ err, organisationId }, 'an alert waits for the configuration, which did not answer');
  }
  await alertQueue.add(id, alert);
}
