/** Refusals of a token of an organisation: of a former member, of one with too low a role, of a suspended organisation. */
export const scopedRefusals = [
  'auth.missing',
  'auth.scope_missing',
  'tenant.role_insufficient',
  'tenant.membership_ended',
  'tenant.suspended',
] as const;

/** The same where nothing but such a token will do. */
export const tenantRefusals = [...scopedRefusals, 'tenant.not_selected'] as const;
