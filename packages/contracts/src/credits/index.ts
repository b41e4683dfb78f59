import { checkCredits, closeAccount, eraseCredits, exportCredits, grantCredits, readBalance, spendCredits } from './internal.ts';
import { adminGrant, getBalance, getCosts, getHistory, retireCost, setCost } from './public.ts';
import { extendReservation, releaseReservation, reserveCredits, settleReservation } from './reservations.ts';

export * from './amounts.ts';
export * from './internal.ts';
export * from './public.ts';
export * from './reservations.ts';

/** Every endpoint the credits service serves. */
export const creditsEndpoints = [
  getBalance,
  getHistory,
  getCosts,
  adminGrant,
  setCost,
  retireCost,
  checkCredits,
  readBalance,
  spendCredits,
  reserveCredits,
  settleReservation,
  releaseReservation,
  extendReservation,
  grantCredits,
  closeAccount,
  eraseCredits,
  exportCredits,
] as const;
