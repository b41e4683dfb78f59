import { voidGrant } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { floorCredits } from '../domain/amounts.ts';
import { retryUndone } from '../ledger/retry.ts';
import { auditReport } from './audit-report.ts';

export const voidGrantRoute = ({ closing }: Context) =>
  route(voidGrant, async ({ params, requestId, caller }) => {
    const report = auditReport(requestId, {
      action: 'credits.grant_voided',
      actor: 'service',
      detail: { caller: caller.name },
    });
    const result = await retryUndone(() => closing.voidGrant(params.id, report));
    if (result.outcome === 'not_found') throw new AppError('resource.not_found', { detail: 'Grant not found' });
    return {
      status: 200,
      body: { voided: floorCredits(result.voided), balance: floorCredits(result.available) },
    };
  });
