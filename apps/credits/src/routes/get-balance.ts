import { getBalance } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ceilCredits, floorCredits } from '../domain/amounts.ts';

export const getBalanceRoute = ({ accounts }: Context) =>
  route(getBalance, async ({ identity }) => {
    const balance = await accounts.balance(identity.userId);
    return {
      status: 200,
      body: {
        balance: floorCredits(balance?.available ?? 0n),
        lifetime_earned: floorCredits(balance?.earned ?? 0n),
        lifetime_spent: ceilCredits(balance?.spent ?? 0n),
      },
    };
  });
