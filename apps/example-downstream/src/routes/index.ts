import type { Route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { billingPlansRoute, billingStatusRoute } from './billing.ts';
import { bulkGenerateRoute } from './bulk-generate.ts';
import { chatRoute } from './chat.ts';
import { createMomentRoute } from './create-moment.ts';
import { eraseUserRoute } from './erase-user.ts';
import { generateMomentStreamRoute } from './generate-moment-stream.ts';
import { generateMomentSyncRoute } from './generate-moment-sync.ts';
import { generateMomentRoute } from './generate-moment.ts';
import { generateTimepointStreamRoute } from './generate-timepoint-stream.ts';
import { generateTimepointSyncRoute } from './generate-timepoint-sync.ts';
import { generateTimepointRoute } from './generate-timepoint.ts';
import { getMomentRoutes } from './get-moment.ts';
import { getTimepointRoute } from './get-timepoint.ts';
import { listMomentsRoutes, listMyMomentsRoute } from './list-moments.ts';
import { listTimepointsRoutes } from './list-timepoints.ts';
import { setMomentVisibilityRoute } from './set-moment-visibility.ts';
import { statsRoutes } from './stats.ts';
import { temporalJumpRoutes } from './temporal-jump.ts';

/** What only the gateway may call: it vouches for the user with its signature. */
export const gatewayRoutes = (context: Context): Route[] => [
  generateTimepointRoute(context),
  generateTimepointSyncRoute(context),
  generateTimepointStreamRoute(context),
  ...listTimepointsRoutes(context),
  listMyMomentsRoute(context),
  getTimepointRoute(context),
  ...temporalJumpRoutes(context),
  chatRoute(context),
  billingPlansRoute(),
  billingStatusRoute(),
  eraseUserRoute(context),
];

/** What any holder of the service key may call, naming a user or not; through the gateway as Clockchain too. */
export const momentRoutes = (context: Context): Route[] => [
  ...listMomentsRoutes(context),
  ...getMomentRoutes(context),
  createMomentRoute(context),
  setMomentVisibilityRoute(context),
  generateMomentRoute(context),
  generateMomentSyncRoute(context),
  generateMomentStreamRoute(context),
  bulkGenerateRoute(context),
  ...statsRoutes(context),
];
