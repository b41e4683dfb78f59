import type { EventPayload } from '@turnpike/contracts';
import { alertOrganisation } from '../alerts/alert-organisation.ts';
import type { Alert } from '../alerts/alert-queue.ts';
import type { Context } from '../context.ts';
import { toldOf } from './told-of.ts';

/** How long the mail is worth sending, in seconds. */
const MAIL_LIFE_SECONDS = 3 * 86_400;

/**
 * Mails the owners of an organisation what another service has noticed, and alerts its webhook. Throws while a queue does not take it, so that the
 * event comes again; what waits already is not queued twice.
 */
export async function tellOwners(
  context: Pick<Context, 'alertQueue' | 'config' | 'database' | 'logger' | 'mailQueue' | 'organisationConfig'>,
  { organisation_id: organisationId, key, notice }: EventPayload<'organisation.notice'>,
): Promise<void> {
  await alertOrganisation(context, `notice-${key}`, alertOf(organisationId, notice));
  if (context.config.SMTP_URL === undefined) return;
  const { name, recipients } = await toldOf(context, organisationId);
  for (const { id, email } of recipients) {
    const common = { to: email, organisation: name, lifeSeconds: MAIL_LIFE_SECONDS };
    await context.mailQueue.add(`notice-${key}-${id}`, { ...common, ...mailOf(notice) });
  }
}

/** What a webhook is told of a notice. */
function alertOf(organisationId: string, notice: EventPayload<'organisation.notice'>['notice']): Alert {
  const common = { organisationId, timestamp: new Date().toISOString() };
  switch (notice.kind) {
    case 'storage_failing':
      return { ...common, type: 'storage.failing', data: { since: notice.since, reason: notice.reason } };
    case 'export_failed':
      return { ...common, type: 'export.failed', data: { requested_at: notice.requested_at, reason: notice.reason } };
    case 'second_subscription_ended':
      return { ...common, type: 'subscription.second_ended', data: { plan: notice.plan } };
    case 'policy_violated': {
      const { kind: _kind, ...data } = notice;
      return { ...common, type: 'policy.violated', data };
    }
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
    case 'policy_violated':
      return { template: notice.kind, at: notice.at, policy: notice.policy, action: notice.action };
  }
}
