import type { Route } from '@turnpike/service-kit';
import { deleteMeRoute } from '../account/routes/delete-me.ts';
import { disableAccountRoute } from '../account/routes/disable-account.ts';
import { eraseAuthDataRoute } from '../account/routes/erase-auth-data.ts';
import { exportAuthDataRoute } from '../account/routes/export-auth-data.ts';
import { getAccountUserRoute } from '../account/routes/get-account-user.ts';
import { getMeRoute } from '../account/routes/get-me.ts';
import { peopleRoutes } from '../account/routes/people.ts';
import { platformMeRoute } from '../account/routes/platform-me.ts';
import { updateMeRoute } from '../account/routes/update-me.ts';
import { createApiKeyRoute } from '../api-keys/routes/create-api-key.ts';
import { createKeyRoute } from '../api-keys/routes/create-key.ts';
import { deleteApiKeyRoute } from '../api-keys/routes/delete-api-key.ts';
import { deleteKeyRoute } from '../api-keys/routes/delete-key.ts';
import { getKeyRoute } from '../api-keys/routes/get-key.ts';
import { listApiKeysRoute } from '../api-keys/routes/list-api-keys.ts';
import { listKeysRoute } from '../api-keys/routes/list-keys.ts';
import { revokeLeakedKeyRoute } from '../api-keys/routes/revoke-leaked-key.ts';
import { rotateApiKeyRoute } from '../api-keys/routes/rotate-api-key.ts';
import { updateApiKeyRoute } from '../api-keys/routes/update-api-key.ts';
import { updateKeyRoute } from '../api-keys/routes/update-key.ts';
import { validateKeyRoute } from '../api-keys/routes/validate-key.ts';
import { archivedTrailRoutes } from '../audit/routes/archived-trail.ts';
import { listAuditRoute } from '../audit/routes/list-audit.ts';
import { listOwnAuditRoute } from '../audit/routes/list-own-audit.ts';
import { listTenantAuditRoute } from '../audit/routes/list-tenant-audit.ts';
import { reportAuditRoute } from '../audit/routes/report-audit.ts';
import { whoReportedRoute } from '../audit/routes/who-reported.ts';
import type { Context } from '../context.ts';
import { requestOtpRoute } from '../email-codes/routes/request-otp.ts';
import { sendCodeRoute } from '../email-codes/routes/send-code.ts';
import { verifyCodeRoute } from '../email-codes/routes/verify-code.ts';
import { verifyOtpRoute } from '../email-codes/routes/verify-otp.ts';
import { authFiguresRoute } from '../figures/route.ts';
import { linkIdentityRoutes } from '../identities/routes/link-identity.ts';
import { unlinkIdentityRoute } from '../identities/routes/unlink-identity.ts';
import { listFailedMailRoute } from '../mail/routes/list-failed-mail.ts';
import { adminListKeysRoute } from '../operators/routes/list-keys.ts';
import { adminListSecretsRoute } from '../operators/routes/list-secrets.ts';
import { adminEndOperatorRoute, adminListOperatorsRoute } from '../operators/routes/operators.ts';
import { adminRevokeKeyRoute } from '../operators/routes/revoke-key.ts';
import { adminEndSessionRoute, adminListSessionsRoute } from '../operators/routes/sessions.ts';
import { adminGetTenantRoute } from '../organisations/admin/routes/get-tenant.ts';
import { adminListTenantsRoute } from '../organisations/admin/routes/list-tenants.ts';
import { adminSetTenantStatusRoute } from '../organisations/admin/routes/set-tenant-status.ts';
import { acceptInviteRoute } from '../organisations/invites/routes/accept-invite.ts';
import { createInviteRoute } from '../organisations/invites/routes/create-invite.ts';
import { declineInviteRoute } from '../organisations/invites/routes/decline-invite.ts';
import { deleteInviteRoute } from '../organisations/invites/routes/delete-invite.ts';
import { listInvitesRoute } from '../organisations/invites/routes/list-invites.ts';
import { listOwnInvitesRoute } from '../organisations/invites/routes/list-own-invites.ts';
import { previewInviteRoute } from '../organisations/invites/routes/preview-invite.ts';
import { resendInviteRoute } from '../organisations/invites/routes/resend-invite.ts';
import { archiveTenantRoute } from '../organisations/routes/archive-tenant.ts';
import { checkAvailabilityRoute } from '../organisations/routes/check-availability.ts';
import { createTenantRoute } from '../organisations/routes/create-tenant.ts';
import { handOverOwnershipRoute } from '../organisations/routes/hand-over-ownership.ts';
import { listMembersRoute } from '../organisations/routes/list-members.ts';
import { listTenantsRoute } from '../organisations/routes/list-tenants.ts';
import { readOrganisationRoute } from '../organisations/routes/read-organisation.ts';
import { removeMemberRoute } from '../organisations/routes/remove-member.ts';
import { selectTenantRoute } from '../organisations/routes/select-tenant.ts';
import { serviceInfoRoute } from '../organisations/routes/service-info.ts';
import { switchEnvironmentRoute } from '../organisations/routes/switch-environment.ts';
import { updateMemberRoute } from '../organisations/routes/update-member.ts';
import { updateServiceInfoRoute } from '../organisations/routes/update-service-info.ts';
import { changePasswordRoute } from '../passwords/routes/change-password.ts';
import { forgotPasswordRoute } from '../passwords/routes/forgot-password.ts';
import { loginRoute } from '../passwords/routes/login.ts';
import { registerRoute } from '../passwords/routes/register.ts';
import { resetPasswordRoute } from '../passwords/routes/reset-password.ts';
import { verifyEmailRoute } from '../passwords/routes/verify-email.ts';
import { createProjectRoute } from '../projects/routes/create-project.ts';
import { deleteProjectRoute } from '../projects/routes/delete-project.ts';
import { listProjectsRoute } from '../projects/routes/list-projects.ts';
import { updateProjectRoute } from '../projects/routes/update-project.ts';
import { appleNotificationRoute } from '../providers/routes/apple-notification.ts';
import { failedJobRoutes } from '../queues/routes/failed-jobs.ts';
import { adminListQueuesRoute } from '../queues/routes/list-queues.ts';
import { listRevocationsRoute } from '../revocations/routes/list-revocations.ts';
import { deleteSessionRoute } from '../sessions/routes/delete-session.ts';
import { listSessionsRoute } from '../sessions/routes/list-sessions.ts';
import { logoutRoute } from '../sessions/routes/logout.ts';
import { platformLogoutRoute } from '../sessions/routes/platform-logout.ts';
import { browserCallbackRoutes } from '../sign-in/routes/browser-callback.ts';
import { browserLoginRoutes } from '../sign-in/routes/browser-login.ts';
import { demoSignInRoute } from '../sign-in/routes/demo-sign-in.ts';
import { devTokenRoute } from '../sign-in/routes/dev-token.ts';
import { exchangeCodeRoute } from '../sign-in/routes/exchange-code.ts';
import { providerSignInRoutes } from '../sign-in/routes/provider-sign-in.ts';
import { serviceTokenRoute } from '../sign-in/routes/service-token.ts';
import { signInMethodsRoute } from '../sign-in/routes/sign-in-methods.ts';
import { accountApiRefreshRoute } from '../tokens/routes/account-api-refresh.ts';
import { inspectCredentialRoute } from '../tokens/routes/inspect-credential.ts';
import { introspectRoute } from '../tokens/routes/introspect.ts';
import { jwksRoute } from '../tokens/routes/jwks.ts';
import { platformRefreshRoute } from '../tokens/routes/platform-refresh.ts';
import { refreshSessionRoute } from '../tokens/routes/refresh-session.ts';
import { revokeTokenRoute } from '../tokens/routes/revoke-token.ts';

/** Every route of the service. */
export const routes = (context: Context): Route[] => [
  // Signing in with a provider: from an app, or through the browser
  ...providerSignInRoutes(context),
  ...browserLoginRoutes(context),
  ...browserCallbackRoutes(context),
  exchangeCodeRoute(context),
  appleNotificationRoute(context),
  // Signing in otherwise
  signInMethodsRoute(context),
  demoSignInRoute(context),
  devTokenRoute(context),
  serviceTokenRoute(context),
  // Sessions
  refreshSessionRoute(context),
  logoutRoute(context),
  listSessionsRoute(context),
  deleteSessionRoute(context),
  // The signed-in user
  getMeRoute(context),
  updateMeRoute(context),
  deleteMeRoute(context),
  ...linkIdentityRoutes(context),
  unlinkIdentityRoute(context),
  // The Account API: signing in by e-mail
  sendCodeRoute(context),
  verifyCodeRoute(context),
  accountApiRefreshRoute(context),
  revokeTokenRoute(context),
  // The Account API: the signed-in user
  getAccountUserRoute(context),
  // The Platform API: signing up and in
  registerRoute(context),
  verifyEmailRoute(context),
  loginRoute(context),
  requestOtpRoute(context),
  verifyOtpRoute(context),
  platformRefreshRoute(context),
  // The Platform API: passwords
  forgotPasswordRoute(context),
  resetPasswordRoute(context),
  changePasswordRoute(context),
  // The Platform API: the signed-in person
  platformMeRoute(context),
  platformLogoutRoute(context),
  // The Platform API: organisations
  checkAvailabilityRoute(context),
  createTenantRoute(context),
  listTenantsRoute(context),
  archiveTenantRoute(context),
  selectTenantRoute(context),
  previewInviteRoute(context),
  listOwnInvitesRoute(context),
  acceptInviteRoute(context),
  declineInviteRoute(context),
  // The Platform API: invites of the selected organisation
  createInviteRoute(context),
  listInvitesRoute(context),
  resendInviteRoute(context),
  deleteInviteRoute(context),
  // The Platform API: the selected organisation
  serviceInfoRoute(context),
  updateServiceInfoRoute(context),
  switchEnvironmentRoute(context),
  listMembersRoute(context),
  updateMemberRoute(context),
  removeMemberRoute(context),
  handOverOwnershipRoute(context),
  listTenantAuditRoute(context),
  // The Platform API: organisations, for operators
  adminListTenantsRoute(context),
  adminGetTenantRoute(context),
  adminSetTenantStatusRoute(context),
  // The Platform API: access, keys and queues, for operators
  adminListSessionsRoute(context),
  adminEndSessionRoute(context),
  adminListKeysRoute(context),
  adminRevokeKeyRoute(context),
  adminListOperatorsRoute(context),
  adminEndOperatorRoute(context),
  adminListSecretsRoute(context),
  adminListQueuesRoute(context),
  ...failedJobRoutes(context),
  // Projects
  listProjectsRoute(context),
  createProjectRoute(context),
  updateProjectRoute(context),
  deleteProjectRoute(context),
  // API keys
  listApiKeysRoute(context),
  createApiKeyRoute(context),
  updateApiKeyRoute(context),
  rotateApiKeyRoute(context),
  deleteApiKeyRoute(context),
  validateKeyRoute(context),
  // API keys of the selected organisation
  listKeysRoute(context),
  createKeyRoute(context),
  getKeyRoute(context),
  updateKeyRoute(context),
  deleteKeyRoute(context),
  revokeLeakedKeyRoute(context),
  // What happened
  listOwnAuditRoute(context),
  listAuditRoute(context),
  reportAuditRoute(context),
  whoReportedRoute(context),
  ...archivedTrailRoutes(context),
  listFailedMailRoute(context),
  // Keys for whoever verifies tokens
  jwksRoute(context),
  // For the edge and the other services
  introspectRoute(context),
  inspectCredentialRoute(context),
  listRevocationsRoute(context),
  readOrganisationRoute(context),
  authFiguresRoute(context),
  disableAccountRoute(context),
  ...peopleRoutes(context),
  eraseAuthDataRoute(context),
  exportAuthDataRoute(context),
];
