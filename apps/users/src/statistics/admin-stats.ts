import {
  adminStats,
  authFigures,
  creditsFigures,
  floorCredits,
  STATS_SOURCES,
  usageFigures,
} from '@turnpike/contracts';
import { deadline, remembered, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { countUsers } from './count-users.ts';

/** How long a service may take, in milliseconds. */
const ANSWER_MS = 2_000;
/** How old the count may be, in milliseconds. */
const REMEMBERED_MS = 60_000;

const NAME_OF = { tenants: 'tenants', users_active_30d: 'users.active_30d', keys_active: 'keys.active' } as const;

export const adminStatsRoute = ({ database, figures, logger }: Context) => {
  const count = remembered(REMEMBERED_MS, () => countUsers(database));

  async function orNull<T>(service: (typeof STATS_SOURCES)[number], answer: Promise<T>): Promise<T | null> {
    try {
      return await deadline(answer, ANSWER_MS, `the figures of ${service}`);
    } catch (err) {
      logger.warn({ err, service }, 'statistics are partial');
      return null;
    }
  }

  return route(adminStats, async () => {
    const [auth, users, credits, usage] = await Promise.all([
      orNull('auth', figures.auth.call(authFigures, {})),
      orNull('users', count()),
      orNull('credits', figures.credits.call(creditsFigures, {})),
      orNull('usage', figures.usage.call(usageFigures, { query: {} })),
    ]);
    const answered = { auth, users, credits, usage };
    return {
      status: 200,
      body: {
        as_of: new Date().toISOString(),
        tenants: auth?.tenants ?? { total: null, active: null, suspended: null, archived: null },
        users: { total: users?.rows ?? null, active_30d: auth?.users_active_30d ?? null },
        subscriptions: credits?.subscriptions ?? { by_plan: null, past_due: null },
        keys: { active: auth?.keys_active ?? null },
        requests: { last_24h: usage?.requests_24h ?? null, errors_24h: usage?.errors_24h ?? null },
        credits: {
          granted_30d: credits && floorCredits(BigInt(credits.granted_micro)),
          spent_30d: credits && floorCredits(BigInt(credits.spent_micro)),
        },
        partial: STATS_SOURCES.filter((source) => answered[source] === null),
        estimated: [
          ...(users?.estimated === true ? (['users.total'] as const) : []),
          ...(auth?.estimated ?? []).map((figure) => NAME_OF[figure]),
        ],
      },
    };
  });
};
