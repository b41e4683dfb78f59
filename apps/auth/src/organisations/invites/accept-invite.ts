import { roleAtLeast, updateUser, type acceptInvite, type Input, type Role } from '@turnpike/contracts';
import { AppError, uuidv7 } from '@turnpike/service-kit';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import type { Db } from '../../database.ts';
import { proveAddress } from '../../identities/stores/address-accounts.ts';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import { MEMBERSHIPS_MAX, requireRoom } from '../limits.ts';
import { withLockedOffer } from './locked-offer.ts';
import { inviteInvalid, isOpen, offerNameOf, otherAddress } from './offer.ts';
import type { InviteCall } from './send-invite.ts';
import { addMember, countMemberships, lockMember, raiseMember } from './stores/joining.ts';
import { addressStanding, endOffer, type Offer } from './stores/offers.ts';
import { wasMailed } from './token.ts';

type Named = Input<typeof acceptInvite, 'body'>;

/** The role of a person who accepted, and the revocation of a role that they had before. */
interface Joined {
  readonly role: Role;
  readonly revoked: readonly RecordedRevocation[];
}

/**
 * Makes the invited person a member, in one transaction. Returns where and as what. Throws `invite.invalid`, `invite.email_mismatch`,
 * `tenant.suspended` and `tenant.limit_reached`.
 */
export async function acceptOffer(
  context: Context,
  call: InviteCall,
  named: Named,
): Promise<{ readonly organisationId: string; readonly slug: string; readonly role: Role }> {
  const { userId } = call.identity;
  const name = offerNameOf(named);
  const { offer, joined } = await withLockedOffer(context, userId, name, async (db, offer) => {
    const { id, organisationId } = offer;
    if (offer.acceptedBy === userId) return { offer, joined: await joinedBefore(db, offer, userId) };
    if (!isOpen(offer)) throw inviteInvalid();
    const standing = await addressStanding(db, userId, offer.email);
    const proves = !standing.proven;
    if (proves && !(standing.unproven && mayProve(context, named.token))) throw otherAddress(offer, name);
    if (offer.organisationStatus !== 'active') throw new AppError('tenant.suspended');
    const joined = await join(context, db, offer, userId);
    await endOffer(db, id, userId);
    const event = auditEventOf(call, 'invite.accept', { invite_id: id, role: joined.role });
    await recordAuditEvent(db, { ...event, organisationId });
    if (proves && wasMailed(named.token ?? '') && !(await prove(context, db, offer, userId)))
      throw otherAddress(offer, name);
    return { offer, joined };
  });
  await context.revocations.announce(joined.revoked);
  return { organisationId: offer.organisationId, slug: offer.slug, role: joined.role };
}

/**
 * A mailed token was sent nowhere but to the address. One that was shown to its sender proves nothing: it opens the invite to an unproven address
 * only where no sign-up has to prove its own.
 */
function mayProve({ config }: Pick<Context, 'config'>, token: string | undefined): boolean {
  return token !== undefined && (wasMailed(token) || !config.emailVerification);
}

/** Takes the address of the account for proven, here and at users; the last step, so that an outage of theirs leaves nothing half done. */
async function prove({ memory, users }: Context, db: Db, { email }: Offer, userId: string): Promise<boolean> {
  const profile = { provider: 'email', subject: email, email, emailVerified: true };
  if (!(await proveAddress(db, userId, email, await memory.digestsOf(profile)))) return false;
  await users.call(updateUser, { params: { id: userId }, body: { email, email_verified: true }, repeatable: true });
  return true;
}

async function joinedBefore(db: Db, { organisationId }: Offer, userId: string): Promise<Joined> {
  const member = await lockMember(db, organisationId, userId);
  if (member?.status !== 'active') throw inviteInvalid();
  return { role: member.role, revoked: [] };
}

/** A new membership, or the present one with the higher of both roles. A disabled member stays disabled. */
async function join(
  { config, organisationConfig }: Pick<Context, 'config' | 'organisationConfig'>,
  db: Db,
  offer: Offer,
  userId: string,
): Promise<Joined> {
  const { organisationId, role, invitedBy } = offer;
  const member = await lockMember(db, organisationId, userId);
  if (member?.status === 'disabled') throw inviteInvalid();
  if (member !== undefined && roleAtLeast(member.role, role)) return { role: member.role, revoked: [] };
  const { members, memberships, owned, limits } = await countMemberships(db, organisationId, userId);
  if (role === 'owner') requireRoom(owned, config.ORGANISATIONS_OWNED_MAX, 'organisations_owned');
  if (member !== undefined) return { role, revoked: [await raiseMember(db, member.id, role)] };
  requireRoom(memberships, MEMBERSHIPS_MAX, 'memberships');
  const { 'members.max': membersMax } = await organisationConfig.of(organisationId);
  requireRoom(members, limits.members ?? membersMax, 'members');
  await addMember(db, organisationId, { id: uuidv7(), userId, role, invitedBy });
  return { role, revoked: [] };
}
