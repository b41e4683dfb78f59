import { startAllowance } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { retryUndone } from '../ledger/retry.ts';
import { accountClosed, invalidField } from './refusals.ts';

/** Furthest that an allowance may be back-dated, so that a wrong year does not grant a fortune. */
const BACKDATED_YEARS_MAX = 10;

export const startAllowanceRoute = ({ allowances }: Context) =>
  route(startAllowance, async ({ params, body }) => {
    const earliest = new Date();
    earliest.setUTCFullYear(earliest.getUTCFullYear() - BACKDATED_YEARS_MAX);
    if (body.anchor_at !== undefined && new Date(body.anchor_at) < earliest) {
      throw invalidField('anchor_at', `Must be within the last ${BACKDATED_YEARS_MAX} years`);
    }
    const result = await retryUndone(() => allowances.start(body.user_id, params.plan, body.anchor_at));
    switch (result.outcome) {
      case 'active':
        return {
          status: 200,
          body: {
            plan: result.plan,
            anchor_at: new Date(result.anchor_at).toISOString(),
            next_grant_at: new Date(result.next_due_at).toISOString(),
          },
        };
      case 'unknown_plan':
        throw new AppError('resource.not_found', { detail: 'Plan not found' });
      case 'erased':
        throw new AppError('resource.gone', { detail: 'This user was deleted.' });
      case 'closed':
        throw accountClosed();
    }
  });
