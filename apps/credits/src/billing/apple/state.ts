import { graceEnd, type Subscription } from '../domain/subscription.ts';
import type { AppleNotification, AppleTransaction } from './shapes.ts';

/** A period of a subscription. */
export type Period = AppleTransaction & { readonly expiresAt: Date };

/** What a notification says beside the transaction that it tells of. */
export type Told = Pick<AppleNotification, 'signedAt' | 'status' | 'renewal'>;

/** What was learnt of a subscription. */
export interface Seen {
  /** Our plan of the period, and of what follows it. */
  readonly planId: string;
  readonly nextPlanId: string | undefined;
  readonly period: Period;
  /** `undefined` where a device handed the period in. */
  readonly told: Told | undefined;
  readonly now: Date;
  readonly graceDays: number;
}

/**
 * What a subscription is after what was seen: plan and time as the latest period has them, all else as the latest word. So whatever comes twice, late or
 * in another order ends in the same.
 */
export function subscriptionAfter(known: Subscription | undefined, seen: Seen) {
  const time = timeAfter(known, seen);
  const said = seen.told?.signedAt ?? seen.period.signedAt;
  const isWord = known === undefined || (speaks(known, seen) && (known.seenAt === null || said >= known.seenAt));
  if (isWord) return { ...time, ...wordOf(known, seen, time), seenAt: said };
  const { status } = known;
  return { ...time, status, ...(status === 'active' ? { dueAt: time.currentPeriodEnd } : {}) };
}

function timeAfter(known: Subscription | undefined, { planId, period }: Seen) {
  const start = known?.currentPeriodStart ?? period.purchasedAt;
  const end = known?.currentPeriodEnd ?? period.expiresAt;
  if (known !== undefined && period.purchasedAt < start)
    return { planId: known.planId, currentPeriodStart: start, currentPeriodEnd: end, trialEndsAt: known.trialEndsAt };
  const extended = known !== undefined && period.purchasedAt <= start && end > period.expiresAt;
  return {
    planId,
    currentPeriodStart: period.purchasedAt,
    currentPeriodEnd: extended ? end : period.expiresAt,
    trialEndsAt: period.isTrial ? period.expiresAt : (known?.trialEndsAt ?? null),
  };
}

/** A device hands in what it has, often the last period again, and that says nothing of what became of it since. */
function speaks({ currentPeriodStart: start }: Subscription, { period, told }: Seen): boolean {
  if (told !== undefined || start === null) return true;
  return period.purchasedAt > start || (period.purchasedAt >= start && period.isRevoked);
}

function wordOf(known: Subscription | undefined, seen: Seen, time: ReturnType<typeof timeAfter>) {
  const { period, told, now, nextPlanId } = seen;
  const status = statusAfter(known, seen, time.currentPeriodEnd);
  const renewal = told?.renewal;
  const startedAt = known?.startedAt ?? now;
  if (status === 'canceled') {
    const cause = told?.status ?? (period.isRevoked ? 'revoked' : 'expired');
    const endedAt = known?.endedAt ?? now;
    const nothing = { graceEndsAt: null, dueAt: null, cancelAtPeriodEnd: false, scheduledPlanId: null };
    return { status, startedAt, endedAt, cause, ...nothing };
  }
  const graceEndsAt =
    status === 'past_due' ? (renewal?.graceEndsAt ?? graceEnd(time.currentPeriodEnd, seen.graceDays)) : null;
  const follows = renewal?.renews === true && nextPlanId !== time.planId ? nextPlanId : undefined;
  return {
    status,
    startedAt,
    endedAt: null,
    cause: null,
    graceEndsAt,
    dueAt: graceEndsAt ?? time.currentPeriodEnd,
    cancelAtPeriodEnd: renewal?.renews === false,
    scheduledPlanId: follows ?? null,
  };
}

function statusAfter(
  known: Subscription | undefined,
  { period, told, now }: Seen,
  until: Date,
): Subscription['status'] {
  const isLatest = !known?.currentPeriodStart || period.purchasedAt >= known.currentPeriodStart;
  const onTrial = isLatest ? period.isTrial : known?.status === 'trialing';
  const paid = onTrial ? 'trialing' : 'active';
  switch (told?.status) {
    case 'active':
      return paid;
    case 'retrying':
    case 'in_grace':
      return 'past_due';
    case 'expired':
    case 'revoked':
      return 'canceled';
    case undefined:
      return (isLatest && period.isRevoked) || until <= now ? 'canceled' : paid;
  }
}
