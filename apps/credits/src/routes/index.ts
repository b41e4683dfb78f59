import type { Route } from '@turnpike/service-kit';
import { adminSetSubscriptionRoute } from '../billing/routes/admin-set-subscription.ts';
import { appleWebhookRoute } from '../billing/routes/apple-webhook.ts';
import { cancelSubscriptionRoute, changeSubscriptionRoute } from '../billing/routes/change-subscription.ts';
import { currentSubscriptionRoute } from '../billing/routes/current-subscription.ts';
import { adminListPlansRoute, listPlansRoute } from '../billing/routes/list-plans.ts';
import { listSubscriptionsRoute } from '../billing/routes/list-subscriptions.ts';
import { openBillingPortalRoute } from '../billing/routes/open-billing-portal.ts';
import { readSubscriptionRoute } from '../billing/routes/read-subscription.ts';
import { stripeWebhookRoute } from '../billing/routes/stripe-webhook.ts';
import { submitApplePurchaseRoute } from '../billing/routes/submit-apple-purchase.ts';
import { subscribeRoute } from '../billing/routes/subscribe.ts';
import type { Context } from '../context.ts';
import { adminGrantRoute } from './admin-grant.ts';
import { archiveEntriesRoute } from './archive-entries.ts';
import { chargesOfDayRoute } from './charges-of-day.ts';
import { checkCreditsRoute } from './check-credits.ts';
import { closeAccountRoute } from './close-account.ts';
import { endAllowanceRoute } from './end-allowance.ts';
import { eraseCreditsRoute } from './erase-credits.ts';
import { exportCreditsRoute } from './export-credits.ts';
import { extendReservationRoute } from './extend-reservation.ts';
import { creditsFiguresRoute } from './figures.ts';
import { getBalanceRoute, listBalancesRoute, readBalanceRoute } from './get-balance.ts';
import { getCostsRoute } from './get-costs.ts';
import { getHistoryRoute } from './get-history.ts';
import { grantCreditsRoute } from './grant-credits.ts';
import { inspectReservationRoute } from './inspect-reservation.ts';
import { openAccountRoute } from './open-account.ts';
import { adminGetAccountRoute, getAccountRoute } from './operating/get-account.ts';
import { ledgerListRoutes } from './operating/ledger-lists.ts';
import { adminGetLedgerRoute, adminVerifyLedgerRoute } from './operating/ledger.ts';
import { adminListEntriesRoute } from './operating/list-entries.ts';
import { adminListPricesRoute, adminListPriceVersionsRoute } from './operating/list-prices.ts';
import { releaseReservationRoute } from './release-reservation.ts';
import { reserveCreditsRoute } from './reserve-credits.ts';
import { retireCostRoute, setCostRoute } from './set-cost.ts';
import { settleReservationRoute } from './settle-reservation.ts';
import { spendCreditsRoute } from './spend-credits.ts';
import { startAllowanceRoute } from './start-allowance.ts';
import { voidGrantRoute } from './void-grant.ts';
import { writeOffDebtRoute } from './write-off-debt.ts';

/** Every route of the service. */
export const routes = (context: Context): Route[] => [
  getBalanceRoute(context),
  getAccountRoute(context),
  getHistoryRoute(context),
  getCostsRoute(context),
  setCostRoute(context),
  retireCostRoute(context),
  adminGrantRoute(context),
  writeOffDebtRoute(context),
  adminGetAccountRoute(context),
  adminListEntriesRoute(context),
  adminListPricesRoute(context),
  adminListPriceVersionsRoute(context),
  adminGetLedgerRoute(context),
  adminVerifyLedgerRoute(context),
  ...ledgerListRoutes(context),
  openAccountRoute(context),
  grantCreditsRoute(context),
  voidGrantRoute(context),
  startAllowanceRoute(context),
  endAllowanceRoute(context),
  checkCreditsRoute(context),
  readBalanceRoute(context),
  listBalancesRoute(context),
  spendCreditsRoute(context),
  reserveCreditsRoute(context),
  settleReservationRoute(context),
  releaseReservationRoute(context),
  extendReservationRoute(context),
  listPlansRoute(context),
  subscribeRoute(context),
  listSubscriptionsRoute(context),
  currentSubscriptionRoute(context),
  changeSubscriptionRoute(context),
  cancelSubscriptionRoute(context),
  openBillingPortalRoute(context),
  stripeWebhookRoute(context),
  appleWebhookRoute(context),
  submitApplePurchaseRoute(context),
  adminSetSubscriptionRoute(context),
  adminListPlansRoute(context),
  readSubscriptionRoute(context),
  closeAccountRoute(context),
  inspectReservationRoute(context),
  chargesOfDayRoute(context),
  archiveEntriesRoute(context),
  creditsFiguresRoute(context),
  eraseCreditsRoute(context),
  exportCreditsRoute(context),
];
