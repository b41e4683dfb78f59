import { createApiKey, deleteApiKey, listApiKeys, rotateApiKey, updateApiKey } from './api-keys.ts';
import { auditEntries, auditMark, auditOrganisations } from './audit-archive.ts';
import { listAudit, listOwnAudit, reportAudit, whoReported } from './audit.ts';
import { getAccountUser } from './me.ts';
import { listFailedMail, revokeLeakedKey, validateKey } from './operator.ts';
import { createProject, deleteProject, listProjects, updateProject } from './projects.ts';
import { accountApiRefresh, revokeToken, sendCode, verifyCode } from './verification.ts';

export * from './api-keys.ts';
export * from './audit.ts';
export * from './audit-archive.ts';
export * from './key-constraints.ts';
export * from './key-format.ts';
export * from './me.ts';
export * from './operator.ts';
export * from './projects.ts';
export * from './scopes.ts';
export * from './verification.ts';

/** The Account API, API keys and the audit trail: served by auth, beside `authEndpoints`. */
export const accountEndpoints = [
  sendCode,
  verifyCode,
  accountApiRefresh,
  revokeToken,
  getAccountUser,
  listProjects,
  createProject,
  updateProject,
  deleteProject,
  listApiKeys,
  createApiKey,
  updateApiKey,
  rotateApiKey,
  deleteApiKey,
  listOwnAudit,
  listAudit,
  reportAudit,
  whoReported,
  auditMark,
  auditOrganisations,
  auditEntries,
  revokeLeakedKey,
  validateKey,
  listFailedMail,
] as const;
