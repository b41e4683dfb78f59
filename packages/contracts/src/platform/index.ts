import {
  adminEndOperator,
  adminEndSession,
  adminListKeys,
  adminListOperators,
  adminListSecrets,
  adminListSessions,
  adminRevokeKey,
} from './admin-access.ts';
import { adminGetConfig, adminListConfigs, adminResetConfig, adminSetConfig } from './admin-configs.ts';
import { adminListEdges, adminListRoutes, adminMatchRoute, adminOverview } from './admin-edges.ts';
import { adminListPlans } from './admin-plans.ts';
import { adminDiscardJob, adminListFailedJobs, adminListQueues, adminRetryJob } from './admin-queues.ts';
import { adminStats } from './admin-stats.ts';
import { adminGetTenant, adminListTenants, adminSetTenantStatus } from './admin-tenants.ts';
import { adminListUsers } from './admin-users.ts';
import { listTenantAudit } from './audit.ts';
import { getConfig, listConfigs, resetConfig, setConfig } from './configs.ts';
import { createExport, deleteExport, downloadExport, getExport, listExports } from './exports.ts';
import { createInvite, deleteInvite, listInvites, resendInvite } from './invites.ts';
import { handOverOwnership, listMembers, removeMember, updateMember } from './members.ts';
import { acceptInvite, declineInvite, listOwnInvites, previewInvite } from './own-invites.ts';
import { changePassword, forgotPassword, resetPassword } from './passwords.ts';
import { serviceInfo, switchEnvironment, updateServiceInfo } from './service.ts';
import { platformLogout, platformMe } from './session.ts';
import { login, refreshGlobal, register, requestOtp, verifyEmail, verifyOtp } from './sign-in.ts';
import { getStorage, resetStorage, setStorage, testStorage, verifyAuditArchive } from './storage.ts';
import {
  adminSetSubscription,
  cancelSubscription,
  changeSubscription,
  currentSubscription,
  listPlans,
  listSubscriptions,
  openBillingPortal,
  subscribe,
} from './subscriptions.ts';
import { archiveTenant, checkAvailability, createTenant, listTenants, selectTenant } from './tenants.ts';

export * from './admin-configs.ts';
export * from './admin-access.ts';
export * from './admin-edges.ts';
export * from './admin-plans.ts';
export * from './admin-queues.ts';
export * from './admin-stats.ts';
export * from './admin-tenants.ts';
export * from './admin-users.ts';
export * from './audit.ts';
export * from './config-keys.ts';
export * from './configs.ts';
export * from './exports.ts';
export * from './invites.ts';
export * from './operators.ts';
export * from './own-invites.ts';
export * from './members.ts';
export * from './passwords.ts';
export * from './roles.ts';
export * from './service.ts';
export * from './session.ts';
export * from './sign-in.ts';
export * from './slugs.ts';
export * from './subscriptions.ts';
export * from './storage.ts';
export * from './storage-reason.ts';
export * from './tenants.ts';

/** The Platform API. */
export const platformEndpoints = [
  register,
  verifyEmail,
  login,
  requestOtp,
  verifyOtp,
  refreshGlobal,
  forgotPassword,
  resetPassword,
  changePassword,
  platformMe,
  platformLogout,
  checkAvailability,
  createTenant,
  listTenants,
  archiveTenant,
  selectTenant,
  previewInvite,
  listOwnInvites,
  acceptInvite,
  declineInvite,
  createInvite,
  listInvites,
  resendInvite,
  deleteInvite,
  serviceInfo,
  updateServiceInfo,
  switchEnvironment,
  listMembers,
  updateMember,
  removeMember,
  handOverOwnership,
  listTenantAudit,
  listConfigs,
  getConfig,
  setConfig,
  resetConfig,
  getStorage,
  setStorage,
  resetStorage,
  testStorage,
  verifyAuditArchive,
  createExport,
  listExports,
  getExport,
  deleteExport,
  downloadExport,
  listPlans,
  subscribe,
  listSubscriptions,
  currentSubscription,
  changeSubscription,
  cancelSubscription,
  openBillingPortal,
  adminSetSubscription,
  adminListPlans,
  adminListTenants,
  adminGetTenant,
  adminSetTenantStatus,
  adminListUsers,
  adminStats,
  adminListConfigs,
  adminGetConfig,
  adminSetConfig,
  adminResetConfig,
  adminListSessions,
  adminEndSession,
  adminListKeys,
  adminRevokeKey,
  adminListOperators,
  adminEndOperator,
  adminListSecrets,
  adminOverview,
  adminListEdges,
  adminListRoutes,
  adminMatchRoute,
  adminListQueues,
  adminListFailedJobs,
  adminRetryJob,
  adminDiscardJob,
] as const;
