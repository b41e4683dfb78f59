import {
  adminEraseUser,
  adminGetErasure,
  adminGetUser,
  adminListErasures,
  adminRetryErasure,
  adminSetStatus,
  adminSetTier,
} from './admin.ts';
import { listConfigOverrides, readConfigValues } from './config.ts';
import { findOrCreateUser, getUser, lookupUser, setUserStatus, updateUser } from './internal.ts';
import { exportUser, resolveUser } from './public.ts';

export * from './admin.ts';
export * from './config.ts';
export * from './internal.ts';
export * from './personal-data.ts';
export * from './public.ts';
export * from './user.ts';

/** Every endpoint the users service serves; `config`, `lookup` and `erasures` stand before `:id`, which would match them too. */
export const usersEndpoints = [
  resolveUser,
  exportUser,
  adminListErasures,
  adminRetryErasure,
  adminGetErasure,
  adminGetUser,
  adminSetTier,
  adminSetStatus,
  adminEraseUser,
  readConfigValues,
  listConfigOverrides,
  findOrCreateUser,
  lookupUser,
  getUser,
  updateUser,
  setUserStatus,
] as const;
