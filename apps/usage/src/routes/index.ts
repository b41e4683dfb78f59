import type { Route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { adminDriftRoute } from './admin-drift.ts';
import { adminExplainRequestRoute } from './admin-explain-request.ts';
import { adminListRequestsRoute } from './admin-list-requests.ts';
import { adminTrafficRoute } from './admin-traffic.ts';
import { analyticsLogsRoute } from './analytics-logs.ts';
import { analyticsStatsRoute } from './analytics-stats.ts';
import { archiveUsageRoute } from './archive-usage.ts';
import { archivedOrganisationsRoute } from './archived-organisations.ts';
import { eraseUsageRoute } from './erase-usage.ts';
import { explainRequestRoute } from './explain-request.ts';
import { exportUsageRoute } from './export-usage.ts';
import { usageFiguresRoute } from './figures.ts';
import { findCallersRoute } from './find-callers.ts';
import { findRecordIdsRoute } from './find-record-ids.ts';
import { getUsageRoute } from './get-usage.ts';
import { lateBatchRoutes } from './late-batches.ts';
import { listRequestsRoute } from './list-requests.ts';

/** Every route of the service. What is left of the limits is answered by the edge. */
export const routes = (context: Context): Route[] => [
  getUsageRoute(context),
  listRequestsRoute(context),
  explainRequestRoute(context),
  adminListRequestsRoute(context),
  adminExplainRequestRoute(context),
  adminDriftRoute(context),
  adminTrafficRoute(context),
  analyticsLogsRoute(context),
  analyticsStatsRoute(context),
  findCallersRoute(context),
  findRecordIdsRoute(context),
  usageFiguresRoute(context),
  archiveUsageRoute(context),
  archivedOrganisationsRoute(context),
  ...lateBatchRoutes(context),
  eraseUsageRoute(context),
  exportUsageRoute(context),
];
