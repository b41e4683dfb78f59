import { adminSetSubscription } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { organisationOwner } from '../../domain/owner.ts';
import { operatorReport } from '../../routes/audit-report.ts';
import { requireOwner } from '../../routes/known-owner.ts';
import { invalidField } from '../../routes/refusals.ts';
import { giveByInvoice, takePlan } from '../give-by-invoice.ts';
import { subscriptionView } from './subscription-view.ts';

/** Furthest that a term may be back-dated, in days, so that a wrong year does not grant a fortune. */
const BACKDATED_DAYS_MAX = 366;
const DAY_MS = 86_400_000;

export const adminSetSubscriptionRoute = (context: Context) =>
  route(adminSetSubscription, async (call) => {
    const { params, body } = call;
    const owner = organisationOwner(params.id.toLowerCase());
    await requireOwner(context, owner);
    const { plan_id: planId, reference, periods } = body;
    if (planId === null || reference === undefined) {
      const report = operatorReport(call, { action: 'subscription.end', organisation_id: owner.id });
      const ended = await takePlan(context, owner, report);
      context.told();
      return { status: 200, body: ended && subscriptionView(ended) };
    }
    const detail = { plan: planId, reference, periods };
    const report = operatorReport(call, { action: 'subscription.set', organisation_id: owner.id, detail });
    const invoice = { planId, reference, periods, anchorAt: anchorOf(body.anchor_at), report };
    const given = await giveByInvoice(context, owner, invoice);
    context.told();
    return { status: 200, body: subscriptionView(given) };
  });

function anchorOf(given: string | undefined): Date | undefined {
  if (given === undefined) return undefined;
  const anchorAt = new Date(given);
  const ageMs = Date.now() - anchorAt.getTime();
  if (ageMs < 0) throw invalidField('anchor_at', 'Must not be in the future');
  if (ageMs > BACKDATED_DAYS_MAX * DAY_MS)
    throw invalidField('anchor_at', `Must be within the last ${BACKDATED_DAYS_MAX} days`);
  return anchorAt;
}
