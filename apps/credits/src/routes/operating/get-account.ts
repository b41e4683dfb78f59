import { adminGetAccount, getAccount } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { exactCredits } from '../../domain/amounts.ts';
import { ownerOf, type Owner } from '../../domain/owner.ts';

/** An account for an operator. */
export const adminGetAccountRoute = (context: Context) =>
  route(adminGetAccount, async ({ query }) => {
    const owner = ownerOf(query);
    const account = await accountOf(context, owner);
    if (account === undefined) throw new AppError('resource.not_found', { detail: 'There is no account of it.' });
    return { status: 200, body: { owner, ...account } };
  });

/** The caller's own; who never had credits has an empty one. */
export const getAccountRoute = (context: Context) =>
  route(getAccount, async ({ identity: { organisation, userId } }) => {
    const owner: Owner =
      organisation === undefined ? { type: 'user', id: userId } : { type: 'organisation', id: organisation.id };
    return { status: 200, body: (await accountOf(context, owner)) ?? EMPTY };
  });

const EMPTY = {
  status: 'open' as const,
  available: 0,
  held: 0,
  debt: 0,
  earned: 0,
  spent: 0,
  entries: 0,
  grants: [],
  holds: [],
};

async function accountOf({ accounts, operating }: Context, owner: Owner) {
  const [balance, { grants, holds }] = await Promise.all([
    accounts.balance(owner),
    operating.parts(owner.type, owner.id),
  ]);
  if (balance === undefined) return undefined;
  return {
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
  };
}
