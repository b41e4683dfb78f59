import type { BillingProvider, SubscriptionStatus } from '@turnpike/contracts';

/** An owner on a plan, with what its plan is. */
export interface Subscription {
  readonly id: string;
  readonly accountId: string;
  readonly planId: string;
  readonly planName: string;
  readonly planRank: number;
  readonly provider: BillingProvider;
  readonly status: SubscriptionStatus;
  readonly currentPeriodStart: Date | null;
  readonly currentPeriodEnd: Date | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly scheduledPlanId: string | null;
  readonly trialEndsAt: Date | null;
  readonly graceEndsAt: Date | null;
  readonly beneficiaryId: string | null;
  readonly providerRef: string | null;
  readonly seenAt: Date | null;
  readonly checkoutRef: string | null;
  readonly checkoutUrl: string | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly dueAt: Date | null;
}

const DAY_MS = 86_400_000;

/** Until when an unpaid subscription keeps its tier. */
export function graceEnd(since: Date, days: number): Date {
  return new Date(since.getTime() + days * DAY_MS);
}
