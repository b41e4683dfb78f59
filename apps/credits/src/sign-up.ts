import { toMicro } from './domain/amounts.ts';
import type { GrantResult } from './domain/grant.ts';
import type { Owner } from './domain/owner.ts';
import type { Ledger } from './ledger/ledger.ts';
import { retryUndone } from './ledger/retry.ts';
import type { AccountStore } from './stores/account-store.ts';

export interface SignUpTools {
  readonly ledger: Pick<Ledger, 'grant'>;
  readonly accounts: Pick<AccountStore, 'open' | 'joinLineage' | 'moveDebts'>;
}

/** A user or an organisation that was made. */
export interface NewOwner {
  readonly owner: Owner;
  /** Whole credits; 0 for one who had an account before. */
  readonly credits: number;
  /** Of a user: the accounts that the person has or had, where that is known. */
  readonly lineageId: string | undefined;
  /** Who says so, for the books. */
  readonly actor: string;
}

/**
 * Opens the account of a new owner: what earlier accounts of the person owe moves here first, then the credits come in,
 * once however often it is called. An owner that was erased or closed meanwhile gets nothing.
 */
export async function openNewAccount(
  { ledger, accounts }: SignUpTools,
  { owner, credits, lineageId, actor }: NewOwner,
): Promise<GrantResult['outcome'] | 'opened'> {
  if (lineageId !== undefined) {
    if (!(await retryUndone(() => accounts.joinLineage(owner.id, lineageId)))) return 'erased';
    await retryUndone(() => accounts.moveDebts(lineageId));
  }
  if (credits === 0) return (await retryUndone(() => accounts.open(owner))) ? 'opened' : 'erased';
  const { outcome } = await ledger.grant({
    owner,
    amount: toMicro(credits),
    source: 'signup_bonus',
    sourceRef: owner.id,
    transactionType: 'signup_bonus',
    description: 'Welcome credits',
    actor,
  });
  return outcome;
}
