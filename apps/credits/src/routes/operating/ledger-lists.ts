import { adminListDebts, adminListExpiringGrants, adminListHolds, type CreditOwner } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { exactCredits } from '../../domain/amounts.ts';

/** Lists over the whole ledger. */
export const ledgerListRoutes = ({ operating }: Context) => [
  route(adminListDebts, async ({ query: { limit, offset } }) => {
    const { items, total } = await operating.debts({ limit, offset });
    const debts = items.map(({ debt, status, ...account }) => ({
      owner: ownerIn(account),
      debt: exactCredits(debt),
      status,
    }));
    return { status: 200, body: { items: debts, total, limit, offset } };
  }),
  route(adminListHolds, async ({ query: { limit, offset } }) => {
    const { items, total } = await operating.holds({ limit, offset });
    const holds = items.map(({ id, amount, operation, createdAt, expiresAt, ...account }) => ({
      id,
      owner: ownerIn(account),
      amount: exactCredits(amount),
      operation,
      created_at: createdAt.toISOString(),
      expires_at: expiresAt.toISOString(),
    }));
    return { status: 200, body: { items: holds, total, limit, offset } };
  }),
  route(adminListExpiringGrants, async ({ query: { limit, offset } }) => {
    const { items, total } = await operating.expiringGrants({ limit, offset });
    const grants = items.map(({ id, source, remaining, expiresAt, ...account }) => ({
      id,
      owner: ownerIn(account),
      source,
      remaining: exactCredits(remaining),
      expires_at: expiresAt.toISOString(),
    }));
    return { status: 200, body: { items: grants, total, limit, offset } };
  }),
];

function ownerIn({
  ownerType,
  ownerId,
}: {
  readonly ownerType: CreditOwner['type'];
  readonly ownerId: string | null;
}): CreditOwner | null {
  return ownerId === null ? null : { type: ownerType, id: ownerId };
}
