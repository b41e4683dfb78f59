import type { Route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { adminEraseUserRoute } from './admin-erase-user.ts';
import { adminGetErasureRoute } from './admin-get-erasure.ts';
import { adminListErasuresRoute } from './admin-list-erasures.ts';
import { adminSetStatusRoute } from './admin-set-status.ts';
import { adminSetTierRoute } from './admin-set-tier.ts';
import { exportUserRoute } from './export-user.ts';
import { findOrCreateUserRoute } from './find-or-create-user.ts';
import { getUserRoutes } from './get-user.ts';
import { lookupUserRoute } from './lookup-user.ts';
import { resolveUserRoute } from './resolve-user.ts';
import { setUserStatusRoute } from './set-user-status.ts';
import { updateUserRoute } from './update-user.ts';

/** Every route of the service; `lookup` and `erasures` stand before `:id`, which would match them too. */
export const routes = (context: Context): Route[] => [
  resolveUserRoute(context),
  exportUserRoute(context),
  adminListErasuresRoute(context),
  adminGetErasureRoute(context),
  adminEraseUserRoute(context),
  adminSetTierRoute(context),
  adminSetStatusRoute(context),
  findOrCreateUserRoute(context),
  lookupUserRoute(context),
  ...getUserRoutes(context),
  updateUserRoute(context),
  setUserStatusRoute(context),
];
