import type { TransactionType } from '@turnpike/contracts';
import { exactCredits, floorCredits } from './amounts.ts';

/** One entry as the ledger keeps it; amounts in micro-credits. */
export interface Entry {
  readonly seq: bigint;
  readonly netAmount: bigint;
  readonly balanceAfter: bigint;
  readonly type: TransactionType;
  readonly operation: string | null;
  readonly description: string | null;
  readonly createdAt: Date;
}

/** What an entry is called where nobody described it. */
const TITLES: Readonly<Record<TransactionType, string>> = {
  signup_bonus: 'Sign-up bonus',
  generation: 'Generation',
  chat: 'Chat',
  temporal: 'Time jump',
  llm: 'Language model',
  admin_grant: 'Granted by an operator',
  apple_iap: 'Purchase through Apple',
  stripe_purchase: 'Purchase',
  subscription_grant: 'Allowance of a plan',
  refund: 'Refund',
  expiry: 'Credits expired',
  adjustment: 'Adjustment',
};

/** An entry as its owner reads it: whole credits, rounded against the reader, so that no sum of rows promises more than the balance. */
export function presentEntry(entry: Entry) {
  const title = TITLES[entry.type];
  return {
    amount: floorCredits(entry.netAmount),
    balance_after: floorCredits(entry.balanceAfter),
    type: entry.type,
    description: entry.description ?? (entry.operation === null ? title : `${title}: ${entry.operation}`),
    created_at: entry.createdAt.toISOString(),
  };
}

/** An entry with exact amounts. */
export function exactEntry(entry: Entry) {
  return {
    seq: Number(entry.seq),
    amount: exactCredits(entry.netAmount),
    balance_after: exactCredits(entry.balanceAfter),
    type: entry.type,
    operation: entry.operation,
    description: presentEntry(entry).description,
    created_at: entry.createdAt.toISOString(),
  };
}
