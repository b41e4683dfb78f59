import { createEventConsumer, type EventConsumer, type ServiceTools } from '@turnpike/service-kit';
import type { Context } from './context.ts';
import { beginErasure } from './erasure/erase-user.ts';
import { followPersonalPlan } from './users/follow-plan.ts';

/** Handles the events of other services. A receipt is recorded once, so an event that arrives again changes nothing. */
export function consumeEvents(context: Context, { logger, metrics }: ServiceTools): EventConsumer {
  const { config, database, relay, erasures } = context;
  return createEventConsumer({
    consumer: 'users',
    redisUrl: config.REDIS_URL,
    logger,
    metrics,
    handlers: {
      async 'account.deletion_requested'({ user_id: userId, receipt_id: receiptId, lineage_id: lineageId }) {
        const backends = config.erasureWebhooks.map(({ name }) => name);
        await beginErasure(database, { receiptId, userId, lineageId, requestedBy: 'user', backends });
        relay.kick();
        erasures.kick();
      },
      'user.plan_changed': (change, { id }) => followPersonalPlan(context, change, id),
    },
  });
}
