import type { EventPayload } from '@turnpike/contracts';
import { alertOrganisation } from '../alerts/alert-organisation.ts';
import type { Context } from '../context.ts';
import { toldOf } from './told-of.ts';

/** How long the mail is worth sending, in seconds. */
const MAIL_LIFE_SECONDS = 3 * 86_400;

export type MailTools = Pick<
  Context,
  'alertQueue' | 'config' | 'database' | 'logger' | 'mailQueue' | 'organisationConfig'
>;

/** Mails the owners of an organisation that its plan is not paid, and alerts its webhook. What a queue does not take now is left out: the change stands. */
export async function tellOfFailedPayment(
  context: MailTools,
  { owner_id: organisationId, plan, grace_ends_at: keptUntil, revision }: EventPayload<'subscription.changed'>,
): Promise<void> {
  const { config, logger, mailQueue } = context;
  try {
    await alertOrganisation(context, `unpaid-${organisationId}-${revision}`, {
      organisationId,
      type: 'subscription.past_due',
      timestamp: new Date().toISOString(),
      data: { plan, grace_ends_at: keptUntil },
    });
    if (config.SMTP_URL === undefined) return;
    const { name, recipients } = await toldOf(context, organisationId);
    for (const { id, email } of recipients)
      await mailQueue.add(`unpaid-${organisationId}-${revision}-${id}`, {
        template: 'payment_failed',
        to: email,
        organisation: name,
        plan: plan ?? '',
        keptUntil,
        lifeSeconds: MAIL_LIFE_SECONDS,
      });
  } catch (err) {
    logger.warn({ err, organisationId }, 'an unpaid plan was not told of');
  }
}
