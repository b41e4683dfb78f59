import type { InternalClient } from '@turnpike/service-kit';
import type { Ledger } from './ledger/ledger.ts';
import type { AccountStore } from './stores/account-store.ts';
import type { PriceStore } from './stores/price-store.ts';

/** What the routes work with. */
export interface Context {
  readonly ledger: Ledger;
  readonly accounts: AccountStore;
  readonly prices: PriceStore;
  readonly users: Pick<InternalClient, 'call'>;
  /** Life of a hold that does not say, in seconds. */
  readonly reservationTtlSeconds: number;
}
