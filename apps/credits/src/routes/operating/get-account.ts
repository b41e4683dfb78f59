import { adminGetAccount } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { exactCredits } from '../../domain/amounts.ts';
import { ownerOf } from '../../domain/owner.ts';

export const adminGetAccountRoute = ({ accounts, operating }: Context) =>
  route(adminGetAccount, async ({ query }) => {
    const owner = ownerOf(query);
    const [balance, { grants, holds }] = await Promise.all([
      accounts.balance(owner),
      operating.parts(owner.type, owner.id),
    ]);
    if (balance === undefined) throw new AppError('resource.not_found', { detail: 'There is no account of it.' });
    return {
      status: 200,
      body: {
        owner,
        status: balance.status,
        available: exactCredits(balance.available),
        held: exactCredits(balance.held),
        debt: exactCredits(balance.debt),
        earned: exactCredits(balance.earned),
        spent: exactCredits(balance.spent),
        entries: Number(balance.entries),
        grants: grants.map(({ id, source, amount, remaining, held, priority, createdAt, expiresAt }) => ({
          id,
          source,
          amount: exactCredits(amount),
          remaining: exactCredits(remaining),
          held: exactCredits(held),
          priority,
          created_at: createdAt.toISOString(),
          expires_at: expiresAt?.toISOString() ?? null,
        })),
        holds: holds.map(({ id, amount, operation, createdAt, expiresAt }) => ({
          id,
          amount: exactCredits(amount),
          operation,
          created_at: createdAt.toISOString(),
          expires_at: expiresAt.toISOString(),
        })),
      },
    };
  });
