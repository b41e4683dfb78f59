import { adminDrift } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { creditsText } from '../records/domain/record-view.ts';

/** Days that are shown. */
const DAYS_MAX = 31;

export const adminDriftRoute = ({ database }: Context) =>
  route(adminDrift, async () => {
    const days = await database.prisma.chargeComparison.findMany({ orderBy: { day: 'desc' }, take: DAYS_MAX });
    return {
      status: 200,
      body: {
        days: days.map(({ day, recordsMicro, ledgerMicro, comparedAt }) => ({
          day: day.toISOString().slice(0, 10),
          records: creditsText(recordsMicro),
          ledger: creditsText(ledgerMicro),
          drift: creditsText(recordsMicro - ledgerMicro),
          compared_at: comparedAt.toISOString(),
        })),
      },
    };
  });
