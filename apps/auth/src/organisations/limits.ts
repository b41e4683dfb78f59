/** Most organisations that one person belongs to. */
export const MEMBERSHIPS_MAX = 100;
/** For how long an operator can restore an archived organisation, in days. */
export const RESTORABLE_DAYS = 30;
