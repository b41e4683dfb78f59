import { getBalance, listBalances, readBalance } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ceilCredits, floorCredits } from '../domain/amounts.ts';
import { ownerOf, userOwner } from '../domain/owner.ts';
import type { Balance } from '../stores/account-store.ts';

/** The caller's own balance. */
export const getBalanceRoute = ({ accounts }: Context) =>
  route(getBalance, async ({ identity }) => ({
    status: 200,
    body: balanceView(await accounts.balance(userOwner(identity.userId))),
  }));

/** The same, what is held and what is owed, for another service. */
export const readBalanceRoute = ({ accounts }: Context) =>
  route(readBalance, async ({ query }) => {
    const balance = await accounts.balance(ownerOf(query));
    const [held, debt] = [ceilCredits(balance?.held ?? 0n), ceilCredits(balance?.debt ?? 0n)];
    return { status: 200, body: { ...balanceView(balance), held, debt } };
  });

/** What some users can spend, for a list of them. */
export const listBalancesRoute = ({ accounts }: Context) =>
  route(listBalances, async ({ body }) => {
    const known = await accounts.available(body.user_ids);
    const items = [...known].map(([id, available]) => ({ user_id: id, available_micro: available.toString() }));
    return { status: 200, body: { items } };
  });

function balanceView(balance: Balance | undefined) {
  return {
    balance: floorCredits(balance?.available ?? 0n),
    lifetime_earned: floorCredits(balance?.earned ?? 0n),
    lifetime_spent: ceilCredits(balance?.spent ?? 0n),
  };
}
