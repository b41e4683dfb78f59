import type { Route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { createApiKeyRoute } from './create-api-key.ts';
import { createProjectRoute } from './create-project.ts';
import { deleteApiKeyRoute } from './delete-api-key.ts';
import { deleteProjectRoute } from './delete-project.ts';
import { getAccountUserRoute } from './get-account-user.ts';
import { listApiKeysRoute } from './list-api-keys.ts';
import { listAuditRoute } from './list-audit.ts';
import { listFailedMailRoute } from './list-failed-mail.ts';
import { listOwnAuditRoute } from './list-own-audit.ts';
import { listProjectsRoute } from './list-projects.ts';
import { refreshTokenRoute } from './refresh-token.ts';
import { reportAuditRoute } from './report-audit.ts';
import { revokeLeakedKeyRoute } from './revoke-leaked-key.ts';
import { revokeTokenRoute } from './revoke-token.ts';
import { rotateApiKeyRoute } from './rotate-api-key.ts';
import { sendCodeRoute } from './send-code.ts';
import { updateProjectRoute } from './update-project.ts';
import { validateKeyRoute } from './validate-key.ts';
import { verifyCodeRoute } from './verify-code.ts';

/** The Account API, API keys and the audit trail. */
export const accountRoutes = (context: Context): Route[] => [
  // Signing in by e-mail
  sendCodeRoute(context),
  verifyCodeRoute(context),
  refreshTokenRoute(context),
  revokeTokenRoute(context),
  // The signed-in user
  getAccountUserRoute(context),
  // Projects
  listProjectsRoute(context),
  createProjectRoute(context),
  updateProjectRoute(context),
  deleteProjectRoute(context),
  // API keys
  listApiKeysRoute(context),
  createApiKeyRoute(context),
  rotateApiKeyRoute(context),
  deleteApiKeyRoute(context),
  validateKeyRoute(context),
  revokeLeakedKeyRoute(context),
  // What happened
  listOwnAuditRoute(context),
  listAuditRoute(context),
  reportAuditRoute(context),
  listFailedMailRoute(context),
];
