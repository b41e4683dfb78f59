import { AppError } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import type { AppleTools } from '../apple/purchases.ts';
import type { StripeTools } from '../stripe/events.ts';

/** What payments are taken with. Throws `billing.unconfigured` where no key is set. */
export function requirePayments({ stripe }: Pick<Context, 'stripe'>): StripeTools {
  if (stripe === undefined)
    throw new AppError('billing.unconfigured', {
      detail: 'This installation takes no payments: STRIPE_SECRET_KEY is not set.',
    });
  return stripe;
}

/** What purchases in the App Store are taken with. Throws `billing.unconfigured` where no app is named. */
export function requireAppStore({ apple }: Pick<Context, 'apple'>): AppleTools {
  if (apple === undefined)
    throw new AppError('billing.unconfigured', {
      detail: 'This installation takes no purchases of the App Store: APPLE_BUNDLE_ID is not set.',
    });
  return apple;
}
