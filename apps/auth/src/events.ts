import { createEventConsumer, type EventConsumer, type ServiceTools } from '@turnpike/service-kit';
import { refreshAccount } from './account/refresh-account.ts';
import { stopAccount } from './account/stores/accounts.ts';
import { recordReports } from './audit/stores/audit-trail.ts';
import type { Context } from './context.ts';
import { followSubscription } from './organisations/follow-subscription.ts';
import { tellOwners } from './organisations/tell-owners.ts';

/**
 * Handles the events of other services. They may repeat and overtake each other, so what users says of the user *now*
 * is applied; disabling is applied at once, without asking.
 */
export function consumeEvents(context: Context, { logger, metrics }: ServiceTools): EventConsumer {
  return createEventConsumer({
    consumer: 'auth',
    redisUrl: context.config.REDIS_URL,
    logger,
    metrics,
    handlers: {
      async 'audit.recorded'(report) {
        await recordReports(context.database, [report]);
      },
      async 'subscription.changed'(change) {
        await followSubscription(context, change);
      },
      async 'organisation.notice'(notice) {
        await tellOwners(context, notice);
      },
      'user.updated': ({ user_id: userId }) => applyUser(context, userId),
      async 'user.disabled'({ user_id: userId }) {
        await stop(context, userId, 'disabled');
        await applyUser(context, userId);
      },
    },
  });
}

async function applyUser(context: Context, userId: string): Promise<void> {
  const status = await refreshAccount(context.database, context.users, userId);
  if (status !== 'active') await stop(context, userId, status);
}

async function stop(context: Context, userId: string, status: 'disabled' | 'deleted'): Promise<void> {
  await context.revocations.announce(await stopAccount(context.database, userId, status));
}
