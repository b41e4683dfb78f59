import { openBillingPortal } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { openPortal } from '../stripe/pay.ts';
import { organisationOf } from './organisation-of.ts';
import { requirePayments } from './require-payments.ts';
import { returnUrl } from './return-url.ts';

/** How long Stripe lets the address be opened, in milliseconds. */
const PORTAL_MS = 5 * 60_000;

export const openBillingPortalRoute = (context: Context) =>
  route(openBillingPortal, async ({ identity, body }) => {
    const tools = requirePayments(context);
    const back = returnUrl(context.config, 'return_url', body.return_url);
    const url = await openPortal(tools, organisationOf(identity), back);
    return { status: 200, body: { url, expires_at: new Date(Date.now() + PORTAL_MS).toISOString() } };
  });
