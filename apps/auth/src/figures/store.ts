import { countOrEstimate, type Count } from '@turnpike/service-kit';
import type { Db } from '../database.ts';

/** What auth counts of the whole installation. */
export type Figure = 'total' | 'active' | 'suspended' | 'archived' | 'signedIn' | 'keys';

/** How many organisations there are by status, people who signed in within 30 days, and keys that work; what is many is estimated. */
export async function countFigures({ query }: Db): Promise<Record<Figure, Count>> {
  const [organisations, accounts, keys] = await Promise.all([
    countOrEstimate(query, 'organisation', {
      total: 'true',
      active: "status = 'active'",
      suspended: "status = 'suspended'",
      archived: "status = 'archived'",
    }),
    countOrEstimate(query, 'account', {
      signedIn: "last_login_at > now() - interval '30 days' AND status <> 'deleted'",
    }),
    countOrEstimate(query, 'api_key', {
      keys: 'revoked_at IS NULL AND paused_at IS NULL AND (expires_at IS NULL OR expires_at > now()) AND (retires_at IS NULL OR retires_at > now())',
    }),
  ]);
  return { ...organisations, ...accounts, ...keys };
}
