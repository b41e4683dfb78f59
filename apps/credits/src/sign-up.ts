import { toMicro } from './domain/amounts.ts';
import type { Ledger } from './ledger/ledger.ts';
import { retryUndone } from './ledger/retry.ts';
import type { AccountStore } from './stores/account-store.ts';
import type { GrantResult } from './stores/ledger-store.ts';

export interface SignUpTools {
  readonly ledger: Pick<Ledger, 'grant'>;
  readonly accounts: Pick<AccountStore, 'joinLineage' | 'moveDebts'>;
}

/** A user who was made. */
export interface NewUser {
  readonly userId: string;
  /** Whole credits; 0 for one who had an account before. */
  readonly credits: number;
  /** The accounts that the person has or had, where that is known. */
  readonly lineageId: string | undefined;
  /** Who says so, for the books. */
  readonly actor: string;
}

/**
 * Opens the account of a new user: what earlier accounts of the person owe moves here first, then the credits come in,
 * once however often it is called. A user that was erased or closed meanwhile gets nothing.
 */
export async function openNewAccount(
  { ledger, accounts }: SignUpTools,
  { userId, credits, lineageId, actor }: NewUser,
): Promise<GrantResult['outcome'] | 'nothing'> {
  if (lineageId !== undefined) {
    if (!(await retryUndone(() => accounts.joinLineage(userId, lineageId)))) return 'erased';
    await retryUndone(() => accounts.moveDebts(lineageId));
  }
  if (credits === 0) return 'nothing';
  const { outcome } = await ledger.grant({
    owner_id: userId,
    amount: toMicro(credits).toString(),
    source: 'signup_bonus',
    source_ref: userId,
    transaction_type: 'signup_bonus',
    description: 'Welcome credits',
    actor,
  });
  return outcome;
}
