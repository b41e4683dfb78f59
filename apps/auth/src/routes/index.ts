import type { Route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { accountRoutes } from './account.ts';
import { deleteMeRoute } from './delete-me.ts';
import { deleteSessionRoute } from './delete-session.ts';
import { demoSignInRoute } from './demo-sign-in.ts';
import { devTokenRoute } from './dev-token.ts';
import { eraseAuthDataRoute } from './erase-auth-data.ts';
import { exportAuthDataRoute } from './export-auth-data.ts';
import { getMeRoute } from './get-me.ts';
import { introspectRoute } from './introspect.ts';
import { jwksRoute } from './jwks.ts';
import { listRevocationsRoute } from './list-revocations.ts';
import { listSessionsRoute } from './list-sessions.ts';
import { logoutRoute } from './logout.ts';
import { refreshRoute } from './refresh.ts';
import { serviceTokenRoute } from './service-token.ts';
import { updateMeRoute } from './update-me.ts';

/** Every route of the service. */
export const routes = (context: Context): Route[] => [
  // Signing in
  demoSignInRoute(context),
  devTokenRoute(context),
  serviceTokenRoute(context),
  // Sessions
  refreshRoute(context),
  logoutRoute(context),
  listSessionsRoute(context),
  deleteSessionRoute(context),
  // The signed-in user
  getMeRoute(context),
  updateMeRoute(context),
  deleteMeRoute(context),
  ...accountRoutes(context),
  // Keys for whoever verifies tokens
  jwksRoute(context),
  // For the edge and the other services
  introspectRoute(context),
  listRevocationsRoute(context),
  eraseAuthDataRoute(context),
  exportAuthDataRoute(context),
];
