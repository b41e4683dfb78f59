import { stripeWebhook } from '@turnpike/contracts';
import { AppError, route, signedBodyOf } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { handleStripeEvent } from '../stripe/events.ts';
import { stripeEvent } from '../stripe/shapes.ts';
import { isSignedByStripe } from '../stripe/signature.ts';
import { requirePayments } from './require-payments.ts';

export const stripeWebhookRoute = (context: Context) =>
  route(stripeWebhook, async ({ request }) => {
    const tools = requirePayments(context);
    const body = signedBodyOf(request);
    const header = request.headers['stripe-signature'];
    if (typeof header !== 'string' || !isSignedByStripe(body, header, context.config.STRIPE_WEBHOOK_SECRET))
      throw new AppError('request.malformed', { detail: 'The signature is not good.' });
    const event = stripeEvent.safeParse(JSON.parse(body.toString()));
    if (!event.success) throw new AppError('request.malformed', { detail: 'This is no event.' });
    await handleStripeEvent(tools, event.data);
    context.told();
    return { status: 200, body: { received: true } };
  });
