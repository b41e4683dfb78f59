import type { EventPayload } from '@turnpike/contracts';
import type { Context } from '../context.ts';
import { toldOf } from './told-of.ts';

/** How long the mail is worth sending, in seconds. */
const MAIL_LIFE_SECONDS = 3 * 86_400;

/**
 * Mails the owners of an organisation what another service has noticed. Throws while the queue of mails does not take it, so that the event comes
 * again; a mail that waits already is not queued twice.
 */
export async function tellOwners(
  context: Pick<Context, 'config' | 'database' | 'logger' | 'mailQueue' | 'organisationConfig'>,
  { organisation_id: organisationId, key, notice }: EventPayload<'organisation.notice'>,
): Promise<void> {
  if (context.config.SMTP_URL === undefined) return;
  const { name, recipients } = await toldOf(context, organisationId);
  for (const { id, email } of recipients) {
    const common = { to: email, organisation: name, lifeSeconds: MAIL_LIFE_SECONDS };
    await context.mailQueue.add(`notice-${key}-${id}`, { ...common, ...mailOf(notice) });
  }
}

/** What a mail says of a notice. */
function mailOf(notice: EventPayload<'organisation.notice'>['notice']) {
  switch (notice.kind) {
    case 'storage_failing':
      return { template: notice.kind, since: notice.since, reason: notice.reason };
    case 'export_failed':
      return { template: notice.kind, requestedAt: notice.requested_at, reason: notice.reason };
    case 'second_subscription_ended':
      return { template: notice.kind, plan: notice.plan };
  }
}
