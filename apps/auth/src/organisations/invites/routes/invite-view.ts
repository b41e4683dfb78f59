import { AppError, type GatewayIdentity } from '@turnpike/service-kit';
import type { Invite } from '../stores/invites.ts';

/** An invite as it is answered. */
export function inviteView({ id, email, role, status, invitedBy, expiresAt, createdAt, acceptedAt }: Invite) {
  return {
    id,
    email,
    role,
    status,
    invited_by: invitedBy,
    expires_at: expiresAt.toISOString(),
    created_at: createdAt.toISOString(),
    accepted_at: acceptedAt?.toISOString() ?? null,
  };
}

/** An invite as it is answered to whoever sent it. */
export function sentInviteView({
  invite,
  acceptUrl,
}: {
  readonly invite: Invite;
  readonly acceptUrl: string | undefined;
}) {
  return { ...inviteView(invite), ...(acceptUrl === undefined ? {} : { accept_url: acceptUrl }) };
}

/** The organisation that the caller acts within; admission has refused everybody without one. */
export function organisationOf({ organisation }: GatewayIdentity): string {
  if (organisation === undefined) throw new AppError('tenant.not_selected');
  return organisation.id;
}
