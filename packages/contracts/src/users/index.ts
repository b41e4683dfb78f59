import { findOrCreateUser, getUser, lookupUser, setUserStatus, updateUser } from './internal.ts';
import { exportUser, resolveUser } from './public.ts';

export * from './internal.ts';
export * from './personal-data.ts';
export * from './public.ts';
export * from './user.ts';

/** Every endpoint the users service serves; `lookup` stands before `:id`, which would match it too. */
export const usersEndpoints = [
  resolveUser,
  exportUser,
  findOrCreateUser,
  lookupUser,
  getUser,
  updateUser,
  setUserStatus,
] as const;
