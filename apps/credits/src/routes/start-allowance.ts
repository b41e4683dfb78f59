import { startAllowance } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ownerOf } from '../domain/owner.ts';
import { retryUndone } from '../ledger/retry.ts';
import { accountClosed, invalidField, ownerErased } from './refusals.ts';

/** Furthest that an allowance may be back-dated, so that a wrong year does not grant a fortune. */
const BACKDATED_YEARS_MAX = 10;

export const startAllowanceRoute = ({ allowances }: Context) =>
  route(startAllowance, async ({ params, body }) => {
    const earliest = new Date();
    earliest.setUTCFullYear(earliest.getUTCFullYear() - BACKDATED_YEARS_MAX);
    const owner = ownerOf(body);
    const anchorAt = body.anchor_at === undefined ? undefined : new Date(body.anchor_at);
    if (anchorAt !== undefined && anchorAt < earliest) {
      throw invalidField('anchor_at', `Must be within the last ${BACKDATED_YEARS_MAX} years`);
    }
    const result = await retryUndone(() => allowances.start({ owner, plan: params.plan, anchorAt }));
    switch (result.outcome) {
      case 'active':
        return {
          status: 200,
          body: {
            plan: result.plan,
            anchor_at: result.anchorAt.toISOString(),
            next_grant_at: result.nextDueAt.toISOString(),
          },
        };
      case 'unknown_plan':
        throw new AppError('resource.not_found', { detail: 'Plan not found' });
      case 'erased':
        throw ownerErased(owner);
      case 'closed':
        throw accountClosed();
    }
  });
