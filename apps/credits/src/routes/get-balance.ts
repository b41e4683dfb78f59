import { getBalance, readBalance } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ceilCredits, floorCredits } from '../domain/amounts.ts';
import { ownerOf, userOwner, type Owner } from '../domain/owner.ts';

/** The caller's own balance. */
export const getBalanceRoute = ({ accounts }: Context) =>
  route(getBalance, async ({ identity }) => ({
    status: 200,
    body: await balanceOf(accounts, userOwner(identity.userId)),
  }));

/** The same, for another service. */
export const readBalanceRoute = ({ accounts }: Context) =>
  route(readBalance, async ({ query }) => ({ status: 200, body: await balanceOf(accounts, ownerOf(query)) }));

async function balanceOf(accounts: Context['accounts'], owner: Owner) {
  const balance = await accounts.balance(owner);
  return {
    balance: floorCredits(balance?.available ?? 0n),
    lifetime_earned: floorCredits(balance?.earned ?? 0n),
    lifetime_spent: ceilCredits(balance?.spent ?? 0n),
  };
}
