import { z } from 'zod';
import { AppError } from '@turnpike/service-kit';

/** Most organisations that one person belongs to. */
export const MEMBERSHIPS_MAX = 100;
/** For how long an operator can restore an archived organisation, in days. */
export const RESTORABLE_DAYS = 30;

/** What an organisation may have at most by its plan; what is left out, by its settings. */
export const organisationLimits = z.object({ members: z.number().optional(), keys: z.number().optional() });

/** Throws `tenant.limit_reached` where there are as many of something (`organisations_owned`) as there may be. */
export function requireRoom(count: number, limit: number, resource: string): void {
  if (count < limit) return;
  throw new AppError('tenant.limit_reached', {
    detail: `There are ${limit} ${resource.replaceAll('_', ' ')}, as many as there may be.`,
    extra: { limit, resource },
  });
}
