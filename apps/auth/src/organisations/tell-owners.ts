import type { EventPayload } from '@turnpike/contracts';
import type { Context } from '../context.ts';
import { ownersOf } from './stores/owners.ts';

/** How long the mail is worth sending, in seconds. */
const MAIL_LIFE_SECONDS = 3 * 86_400;

/**
 * Mails the owners of an organisation what another service has noticed. Throws while the queue of mails does not take it, so that the event comes
 * again; a mail that waits already is not queued twice.
 */
export async function tellOwners(
  { config, database, mailQueue }: Pick<Context, 'config' | 'database' | 'mailQueue'>,
  { organisation_id: organisationId, key, notice }: EventPayload<'organisation.notice'>,
): Promise<void> {
  if (config.SMTP_URL === undefined) return;
  const { name, owners } = await ownersOf(database, organisationId);
  for (const { userId, email } of owners) {
    const common = { to: email, organisation: name, lifeSeconds: MAIL_LIFE_SECONDS };
    await mailQueue.add(
      `notice-${key}-${userId}`,
      notice.kind === 'storage_failing'
        ? { ...common, template: notice.kind, since: notice.since, reason: notice.reason }
        : { ...common, template: notice.kind, plan: notice.plan },
    );
  }
}
