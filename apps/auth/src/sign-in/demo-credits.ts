import { startAllowance } from '@turnpike/contracts';
import type { InternalClient, Logger } from '@turnpike/service-kit';

/** The plan of the credits service that renews the demo account's credits. */
const DEMO_PLAN = 'demo';

/** Sees to it that the demo account, whose credits any visitor may spend, gets new ones on schedule. */
export interface DemoCredits {
  /** Puts the account on the plan, once for each user that it was; from the next midnight (UTC) on it is granted. Waits for nothing. */
  renew(userId: string): void;
}

export function createDemoCredits(credits: InternalClient, logger: Logger): DemoCredits {
  let renewed: string | undefined;

  async function startPlan(userId: string): Promise<void> {
    const midnight = new Date();
    midnight.setUTCHours(24, 0, 0, 0);
    const body = { user_id: userId, anchor_at: midnight.toISOString() };
    await credits.call(startAllowance, { params: { plan: DEMO_PLAN }, body, repeatable: true });
  }

  return {
    renew(userId) {
      if (renewed === userId) return;
      renewed = userId;
      startPlan(userId).catch((err: unknown) => {
        renewed = undefined;
        logger.warn(
          { err, plan: DEMO_PLAN },
          'the demo account is not on its plan yet; the next demo sign-in tries again',
        );
      });
    },
  };
}
