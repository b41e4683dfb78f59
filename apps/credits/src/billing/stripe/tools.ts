import { Counter } from '@prometheus-io/client';
import type { Metrics } from '@turnpike/service-kit';
import type { StripeTools } from './events.ts';
import { createStripeClient, type StripeSettings } from './stripe-client.ts';

/** What Stripe is spoken to with; `undefined` without a key. */
export function createStripeTools(
  { config, ...rest }: Pick<StripeTools, 'config' | 'database' | 'logger'> & { readonly config: StripeSettings },
  metrics: Metrics,
): StripeTools | undefined {
  const stripe = createStripeClient(config);
  if (stripe === undefined) return undefined;
  const events = new Counter({
    name: 'turnpike_stripe_events_total',
    help: 'Events of Stripe by what came of them.',
    labelNames: ['outcome'],
    registers: [metrics.registry],
  });
  return { ...rest, config, stripe, events };
}
