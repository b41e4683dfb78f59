import { z } from 'zod';

/** Most organisations that one person belongs to. */
export const MEMBERSHIPS_MAX = 100;
/** For how long an operator can restore an archived organisation, in days. */
export const RESTORABLE_DAYS = 30;

/** What an organisation may have at most by its plan; what is left out, by its settings. */
export const organisationLimits = z.object({ members: z.number().optional() });
