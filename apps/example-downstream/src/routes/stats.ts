import { clockchainStats, momentStats } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

/** Numbers of what is public, also where the example stands in for Clockchain. */
export const statsRoutes = ({ moments }: Context) =>
  [momentStats, clockchainStats].map((endpoint) =>
    route(endpoint, async () => {
      const { total, earliestYear, latestYear } = await moments.publicStats();
      return { status: 200, body: { total_moments: total, earliest_year: earliestYear, latest_year: latestYear } };
    }),
  );
