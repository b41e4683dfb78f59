import type { Route } from '@turnpike/service-kit';
import { adminGetConfigRoute } from '../configuration/routes/admin-get-config.ts';
import { adminListConfigsRoute } from '../configuration/routes/admin-list-configs.ts';
import { adminResetConfigRoute } from '../configuration/routes/admin-reset-config.ts';
import { adminSetConfigRoute } from '../configuration/routes/admin-set-config.ts';
import { getConfigRoute } from '../configuration/routes/get-config.ts';
import { listConfigOverridesRoute } from '../configuration/routes/list-config-overrides.ts';
import { listConfigsRoute } from '../configuration/routes/list-configs.ts';
import { readConfigValuesRoute } from '../configuration/routes/read-config-values.ts';
import { resetConfigRoute } from '../configuration/routes/reset-config.ts';
import { setConfigRoute } from '../configuration/routes/set-config.ts';
import type { Context } from '../context.ts';
import { adminEraseUserRoute } from '../erasure/routes/admin-erase-user.ts';
import { adminGetErasureRoute } from '../erasure/routes/admin-get-erasure.ts';
import { adminListErasuresRoute } from '../erasure/routes/admin-list-erasures.ts';
import { adminRetryErasureRoute } from '../erasure/routes/admin-retry-erasure.ts';
import { exportUserRoute } from '../export/routes/export-user.ts';
import { adminStatsRoute } from '../statistics/admin-stats.ts';
import { createExportRoute } from '../storage/exports/routes/create-export.ts';
import { deleteExportRoute } from '../storage/exports/routes/delete-export.ts';
import { downloadExportRoute } from '../storage/exports/routes/download-export.ts';
import { readExportRoutes } from '../storage/exports/routes/read-exports.ts';
import { getStorageRoute } from '../storage/routes/get-storage.ts';
import { resetStorageRoute } from '../storage/routes/reset-storage.ts';
import { setStorageRoute } from '../storage/routes/set-storage.ts';
import { testStorageRoute } from '../storage/routes/test-storage.ts';
import { verifyAuditArchiveRoute } from '../storage/routes/verify-audit-archive.ts';
import { adminListUsersRoute } from '../users/routes/admin-list-users.ts';
import { adminSetStatusRoute } from '../users/routes/admin-set-status.ts';
import { adminSetTierRoute } from '../users/routes/admin-set-tier.ts';
import { findOrCreateUserRoute } from '../users/routes/find-or-create-user.ts';
import { getUserRoutes } from '../users/routes/get-user.ts';
import { lookupUserRoute } from '../users/routes/lookup-user.ts';
import { resolveUserRoute } from '../users/routes/resolve-user.ts';
import { setUserStatusRoute } from '../users/routes/set-user-status.ts';
import { updateUserRoute } from '../users/routes/update-user.ts';

/** Every route of the service; `config`, `lookup` and `erasures` stand before `:id`, which would match them too. */
export const routes = (context: Context): Route[] => [
  resolveUserRoute(context),
  exportUserRoute(context),
  adminListErasuresRoute(context),
  adminGetErasureRoute(context),
  adminRetryErasureRoute(context),
  adminEraseUserRoute(context),
  adminListUsersRoute(context),
  adminStatsRoute(context),
  listConfigsRoute(context),
  getConfigRoute(context),
  setConfigRoute(context),
  resetConfigRoute(context),
  getStorageRoute(context),
  setStorageRoute(context),
  resetStorageRoute(context),
  testStorageRoute(context),
  verifyAuditArchiveRoute(context),
  createExportRoute(context),
  ...readExportRoutes(context),
  deleteExportRoute(context),
  downloadExportRoute(context),
  adminListConfigsRoute(context),
  adminGetConfigRoute(context),
  adminSetConfigRoute(context),
  adminResetConfigRoute(context),
  readConfigValuesRoute(context),
  listConfigOverridesRoute(context),
  adminSetTierRoute(context),
  adminSetStatusRoute(context),
  findOrCreateUserRoute(context),
  lookupUserRoute(context),
  ...getUserRoutes(context),
  updateUserRoute(context),
  setUserStatusRoute(context),
];
