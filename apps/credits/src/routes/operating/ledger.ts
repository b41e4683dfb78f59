import { adminGetLedger, adminVerifyLedger } from '@turnpike/contracts';
import { AppError, route, writeEvent } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { exactCredits } from '../../domain/amounts.ts';
import { INVARIANTS } from '../../stores/invariants.ts';
import { operatorReport } from '../audit-report.ts';

export const adminGetLedgerRoute = ({ maintenance, operating }: Context) =>
  route(adminGetLedger, async () => {
    const [found, running, totals, lag] = await Promise.all([
      maintenance.verifications(),
      operating.verifying(),
      operating.totals(),
      maintenance.lag(),
    ]);
    const invariants = INVARIANTS.flatMap(({ id, number, rule }) =>
      found
        .filter(({ invariant }) => invariant === id)
        .map(({ violations, checkedAt }) => ({
          id,
          number: number ?? null,
          rule,
          violations: Number(violations),
          checked_at: checkedAt.toISOString(),
        })),
    );
    return {
      status: 200,
      body: {
        verification: {
          running,
          checked_at: invariants.map((one) => one.checked_at).toSorted()[0] ?? null,
          invariants,
        },
        totals: totals && {
          accounts: Number(totals.accounts),
          available: exactCredits(totals.balance - totals.held),
          held: exactCredits(totals.held),
          debt: exactCredits(totals.debt),
          earned: exactCredits(totals.earned),
          spent: exactCredits(totals.spent),
          counted_at: totals.countedAt.toISOString(),
        },
        lag,
      },
    };
  });

export const adminVerifyLedgerRoute = ({ database, verifier }: Context) =>
  route(adminVerifyLedger, async (call) => {
    const report = operatorReport(call, { action: 'ledger.verification_requested' });
    if (!(await verifier.begin())) throw new AppError('resource.conflict', { detail: 'A verification is running.' });
    await writeEvent(database.query, 'audit.recorded', report);
    return { status: 202, body: { running: true } };
  });
