import { mayGrant, PENDING_INVITES_MAX, type Role } from '@turnpike/contracts';
import { AppError, uuidv7, type GatewayIdentity } from '@turnpike/service-kit';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import type { Db } from '../../database.ts';
import { roleTooLow } from '../role-too-low.ts';
import { findInviter, lockOrganisation } from './stores/inviters.ts';
import { pendingInvites, saveInvite, sentInvites, type Invite } from './stores/invites.ts';
import { newInviteToken } from './token.ts';

/** Most invites that one person sends in an hour, and an organisation in a day. */
const PER_PERSON_HOUR_MAX = 20;
const PER_ORGANISATION_DAY_MAX = 100;
/** Most times that one invite is sent again in a day. */
const RESENDS_PER_DAY_MAX = 5;
const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/** Who sends, and what their request is in the audit trail. */
export type InviteCall = Parameters<typeof auditEventOf>[0] & { readonly identity: GatewayIdentity };

/** What is sent: a new address with a role, or what `again` finds. */
export interface Wanted {
  readonly email: string;
  readonly role: Role;
  /** The invite that is sent again. */
  readonly again?: string;
}

/**
 * Sends an invite: a row, and a mail after it. Where there is no mail server, `acceptUrl` is handed over instead. The row is there when the mail
 * cannot be queued (503), and the same request then sends it again. `newId` is the id of an invite that is not there yet. `wanted` runs in the transaction, with the
 * organisation locked.
 */
export async function sendInvite(
  context: Context,
  call: InviteCall,
  { organisationId, newId }: { readonly organisationId: string; readonly newId: string },
  wanted: (db: Db) => Promise<Wanted>,
): Promise<{ readonly invite: Invite; readonly isNew: boolean; readonly acceptUrl: string | undefined }> {
  const { mailQueue, config, database } = context;
  const mailed = config.SMTP_URL !== undefined;
  const token = newInviteToken(mailed);
  const { 'invites.expire_after_days': lifeDays } = await context.organisationConfig.of(organisationId);
  const { invite, organisation, inviter } = await database.transaction(async (db) => {
    const organisation = await lockOrganisation(db, organisationId);
    if (organisation?.status !== 'active') throw new AppError('tenant.suspended');
    const { email, role, again } = await wanted(db);
    const inviter = await findInviter(db, organisationId, call.identity.userId);
    if (inviter === undefined) throw new AppError('tenant.membership_ended');
    if (!mayGrant(inviter.role, role)) throw roleTooLow(role === 'owner' ? 'owner' : 'admin');
    await requireRoom(db, { organisationId, userId: call.identity.userId, email, again });
    const sending = {
      organisationId,
      role,
      invitedBy: call.identity.userId,
      digest: token.digest,
      lifeDays,
    };
    const invite = await saveInvite(db, newId, email, sending);
    const action = again === undefined ? 'invite.create' : 'invite.resend';
    const event = auditEventOf(call, action, { invite_id: invite.id, role });
    await recordAuditEvent(db, { ...event, organisationId });
    return { invite, organisation, inviter };
  });
  // Behind a #, so that no server on the way logs it and no page that it opens passes it on.
  const link = `${config.PLATFORM_APP_URL ?? ''}/invites#token=${token.text}`;
  if (mailed) {
    await mailQueue.add(uuidv7(), {
      template: 'invite',
      to: invite.email,
      organisation: organisation.name,
      inviter: inviter.name,
      role: invite.role,
      invite: config.PLATFORM_APP_URL === undefined ? { code: token.text } : { link },
      lifeSeconds: lifeDays * DAY_SECONDS,
    });
  }
  return { invite, isNew: invite.id === newId, acceptUrl: mailed ? undefined : link };
}

/** Throws where as many were sent, or wait, as may be. */
async function requireRoom(
  db: Db,
  sending: {
    readonly organisationId: string;
    readonly userId: string;
    readonly email: string;
    readonly again: string | undefined;
  },
): Promise<void> {
  const { organisationId, userId, email, again } = sending;
  const sent = await sentInvites(db, organisationId, userId, again);
  if (again !== undefined && sent.lately > 0)
    throw tooMany('This invite was sent within the last minute.', MINUTE_SECONDS);
  if (again !== undefined && sent.ofInvite > RESENDS_PER_DAY_MAX)
    throw tooMany(`This invite was sent ${RESENDS_PER_DAY_MAX} times again today.`, DAY_SECONDS);
  if (sent.byPerson >= PER_PERSON_HOUR_MAX)
    throw tooMany(`You sent ${PER_PERSON_HOUR_MAX} invites within an hour.`, HOUR_SECONDS);
  if (sent.byOrganisation >= PER_ORGANISATION_DAY_MAX)
    throw tooMany(`The organisation sent ${PER_ORGANISATION_DAY_MAX} invites within a day.`, DAY_SECONDS);
  if ((await pendingInvites(db, organisationId, email)) >= PENDING_INVITES_MAX)
    throw new AppError('tenant.limit_reached', {
      detail: `${PENDING_INVITES_MAX} invites are pending, the most that an organisation may have.`,
      extra: { limit: PENDING_INVITES_MAX, resource: 'pending_invites' },
    });
}

function tooMany(detail: string, retryAfterSeconds: number): AppError {
  return new AppError('rate_limit.exceeded', { detail, headers: { 'Retry-After': String(retryAfterSeconds) } });
}
