import { archiveEntries } from './archive.ts';
import { listBalances } from './balances.ts';
import { creditsFigures } from './figures.ts';
import { chargesOfDay, inspectReservation } from './inspection.ts';
import {
  checkCredits,
  closeAccount,
  endAllowance,
  eraseCredits,
  exportCredits,
  grantCredits,
  openAccount,
  readBalance,
  spendCredits,
  startAllowance,
  voidGrant,
} from './internal.ts';
import { adminListDebts, adminListExpiringGrants, adminListHolds } from './operating-lists.ts';
import {
  adminGetAccount,
  adminGetLedger,
  adminListEntries,
  adminListPrices,
  adminListPriceVersions,
  adminVerifyLedger,
} from './operating.ts';
import {
  adminGrant,
  getAccount,
  getBalance,
  getCosts,
  getHistory,
  retireCost,
  setCost,
  writeOffDebt,
} from './public.ts';
import { extendReservation, releaseReservation, reserveCredits, settleReservation } from './reservations.ts';
import { readSubscription } from './subscription.ts';
import { appleWebhook, stripeWebhook, submitApplePurchase } from './webhooks.ts';

export * from './amounts.ts';
export * from './archive.ts';
export * from './balances.ts';
export * from './micro-credits.ts';
export * from './inspection.ts';
export * from './internal.ts';
export * from './operating.ts';
export * from './operating-lists.ts';
export * from './figures.ts';
export * from './owner.ts';
export * from './public.ts';
export * from './reservations.ts';
export * from './subscription.ts';
export * from './webhooks.ts';

/** Every endpoint the credits service serves. */
export const creditsEndpoints = [
  getAccount,
  getBalance,
  getHistory,
  getCosts,
  adminGrant,
  setCost,
  retireCost,
  writeOffDebt,
  adminGetAccount,
  adminListEntries,
  adminListPrices,
  adminListPriceVersions,
  adminGetLedger,
  adminVerifyLedger,
  adminListDebts,
  adminListHolds,
  adminListExpiringGrants,
  checkCredits,
  readBalance,
  listBalances,
  spendCredits,
  reserveCredits,
  settleReservation,
  releaseReservation,
  extendReservation,
  openAccount,
  grantCredits,
  voidGrant,
  startAllowance,
  endAllowance,
  readSubscription,
  stripeWebhook,
  appleWebhook,
  submitApplePurchase,
  closeAccount,
  inspectReservation,
  archiveEntries,
  chargesOfDay,
  creditsFigures,
  eraseCredits,
  exportCredits,
] as const;
