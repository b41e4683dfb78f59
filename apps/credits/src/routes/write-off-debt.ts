import { writeOffDebt } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ceilCredits } from '../domain/amounts.ts';
import { ownerOf } from '../domain/owner.ts';
import { retryUndone } from '../ledger/retry.ts';
import { operatorReport } from './audit-report.ts';

export const writeOffDebtRoute = ({ closing }: Context) =>
  route(writeOffDebt, async (call) => {
    const { body } = call;
    const owner = ownerOf(body);
    const report = operatorReport(call, { action: 'credits.debt_written_off' });
    const result = await retryUndone(() => closing.writeOff({ owner, actor: 'admin', reason: body.reason, report }));
    if (result.outcome === 'not_found')
      throw new AppError('resource.not_found', {
        detail: owner.type === 'user' ? 'User not found' : 'Organisation not found',
      });
    return { status: 200, body: { written_off: ceilCredits(result.amount) } };
  });
