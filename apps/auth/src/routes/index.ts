import type { Route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { accountRoutes } from './account.ts';
import { appleNotificationRoute } from './apple-notification.ts';
import { browserCallbackRoutes } from './browser-callback.ts';
import { browserLoginRoutes } from './browser-login.ts';
import { deleteMeRoute } from './delete-me.ts';
import { deleteSessionRoute } from './delete-session.ts';
import { demoSignInRoute } from './demo-sign-in.ts';
import { devTokenRoute } from './dev-token.ts';
import { eraseAuthDataRoute } from './erase-auth-data.ts';
import { exchangeCodeRoute } from './exchange-code.ts';
import { exportAuthDataRoute } from './export-auth-data.ts';
import { getMeRoute } from './get-me.ts';
import { introspectRoute } from './introspect.ts';
import { jwksRoute } from './jwks.ts';
import { linkIdentityRoutes } from './link-identity.ts';
import { listRevocationsRoute } from './list-revocations.ts';
import { listSessionsRoute } from './list-sessions.ts';
import { logoutRoute } from './logout.ts';
import { providerSignInRoutes } from './provider-sign-in.ts';
import { refreshRoute } from './refresh.ts';
import { serviceTokenRoute } from './service-token.ts';
import { unlinkIdentityRoute } from './unlink-identity.ts';
import { updateMeRoute } from './update-me.ts';

/** Every route of the service. */
export const routes = (context: Context): Route[] => [
  // Signing in with a provider: from an app, or through the browser
  ...providerSignInRoutes(context),
  ...browserLoginRoutes(context),
  ...browserCallbackRoutes(context),
  exchangeCodeRoute(context),
  appleNotificationRoute(context),
  // Signing in otherwise
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
  ...linkIdentityRoutes(context),
  unlinkIdentityRoute(context),
  ...accountRoutes(context),
  // Keys for whoever verifies tokens
  jwksRoute(context),
  // For the edge and the other services
  introspectRoute(context),
  listRevocationsRoute(context),
  eraseAuthDataRoute(context),
  exportAuthDataRoute(context),
];
