import { erasureEndpoint, exportEndpoint } from '../users/personal-data.ts';
import { adminDrift, adminExplainRequest, adminListRequests } from './admin.ts';
import { analyticsLogs, analyticsStats } from './analytics.ts';
import { archivedOrganisations, archiveUsage, noteLateBatch, takeLateBatch } from './archive.ts';
import { findCallers } from './callers.ts';
import { usageFigures } from './figures.ts';
import { explainRequest, getLimits, getUsage, listRequests } from './own.ts';
import { findRecordIds } from './record-ids.ts';
import { adminTraffic } from './traffic.ts';

export * from './admin.ts';
export * from './analytics.ts';
export * from './archive.ts';
export * from './callers.ts';
export * from './fields.ts';
export * from './figures.ts';
export * from './own.ts';
export * from './record-batch.ts';
export * from './record-ids.ts';
export * from './traffic.ts';

export const eraseUsage = erasureEndpoint('usage');
export const exportUsage = exportEndpoint('usage');

/** Every endpoint about usage: those of the usage service, and the limits, which the edge answers. */
export const usageEndpoints = [
  getUsage,
  listRequests,
  explainRequest,
  getLimits,
  adminListRequests,
  adminExplainRequest,
  adminDrift,
  adminTraffic,
  analyticsLogs,
  analyticsStats,
  findCallers,
  findRecordIds,
  usageFigures,
  archiveUsage,
  archivedOrganisations,
  takeLateBatch,
  noteLateBatch,
  eraseUsage,
  exportUsage,
] as const;
