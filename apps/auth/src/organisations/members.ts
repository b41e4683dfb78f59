import { mayActOn, mayGrant, roleAtLeast, type Role } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Database, Db } from '../database.ts';
import type { RecordedRevocation } from '../revocations/domain/revocation.ts';
import { roleTooLow } from './role-too-low.ts';
import {
  deleteMembership,
  findMember,
  handOverKeys,
  lockOrganisation,
  otherActiveOwners,
  revokeInvitesBy,
  revokeKeysOf,
  setMembership,
  type Member,
} from './stores/members.ts';

/** Who changes whom, in which organisation. */
export interface MemberAct {
  readonly organisationId: string;
  readonly actorId: string;
  readonly targetId: string;
}

/** A change within its transaction: the two members as they are now. Nobody else changes the organisation's members meanwhile. */
interface Decided {
  readonly actor: Member;
  readonly target: Member;
}

/** What ending somebody's access took with it. */
export interface EndedAccess {
  readonly keysRevoked: number;
  readonly keysKept: number;
  readonly invitesRevoked: number;
  readonly revocations: readonly RecordedRevocation[];
}

/** The two members of an act, with the organisation locked. Throws 403 for an actor who is no active member, 404 for a target who is none. */
async function lockedMembers(db: Db, { organisationId, actorId, targetId }: MemberAct): Promise<Decided> {
  const status = await lockOrganisation(db, organisationId);
  if (status === 'suspended') throw new AppError('tenant.suspended');
  const actor = status === 'active' ? await findMember(db, organisationId, actorId) : undefined;
  if (actor?.status !== 'active') throw new AppError('tenant.membership_ended');
  const target = actorId === targetId ? actor : await findMember(db, organisationId, targetId);
  if (target === undefined) {
    if (!roleAtLeast(actor.role, 'admin')) throw roleTooLow('admin');
    throw new AppError('resource.not_found');
  }
  return { actor, target };
}

/** Sets the role or the status of a member. `write` records it in the same transaction. */
export function changeMember(
  database: Database,
  act: MemberAct,
  wanted: { readonly role: Role | undefined; readonly status: 'active' | 'disabled' | undefined },
  write: (db: Db, member: Member) => Promise<void>,
): Promise<{ member: Member; revocations: readonly RecordedRevocation[] }> {
  return database.transaction(async (db) => {
    const { actor, target } = await lockedMembers(db, act);
    const next = { role: wanted.role ?? target.role, status: wanted.status ?? target.status };
    requireMayChange(actor, target, next);
    if (next.role === target.role && next.status === target.status) return { member: target, revocations: [] };
    if (isActiveOwner(target) && !isActiveOwner(next)) await requireAnotherOwner(db, act.organisationId, target.userId);
    const changed = await setMembership(db, target.id, next);
    const ended =
      next.status === 'disabled' && target.status === 'active' ? await endAccess(db, act, undefined) : undefined;
    const member = { ...target, ...next };
    await write(db, member);
    return { member, revocations: [...changed, ...(ended?.revocations ?? [])] };
  });
}

function requireMayChange(actor: Member, target: Member, next: Pick<Member, 'role' | 'status'>): void {
  const isOwn = actor.userId === target.userId;
  const lowersOwn = isOwn && next.status === target.status && roleAtLeast(target.role, next.role);
  if (lowersOwn) return;
  if (!mayActOn(actor.role, target.role)) throw roleTooLow(target.role === 'owner' ? 'owner' : 'admin');
  if (next.role !== target.role && !mayGrant(actor.role, next.role))
    throw roleTooLow(next.role === 'owner' ? 'owner' : 'admin');
}

/** Removes a member; oneself at any role. `keep` hands the keys to whoever removes, which who leaves cannot. */
export function removeMember(
  database: Database,
  act: MemberAct,
  keys: 'revoke' | 'keep',
  write: (db: Db, ended: EndedAccess, role: Role) => Promise<void>,
): Promise<EndedAccess> {
  return database.transaction(async (db) => {
    const { actor, target } = await lockedMembers(db, act);
    const leaves = actor.userId === target.userId;
    if (!leaves && !mayActOn(actor.role, target.role)) throw roleTooLow(target.role === 'owner' ? 'owner' : 'admin');
    if (isActiveOwner(target)) await requireAnotherOwner(db, act.organisationId, target.userId);
    const ended = await endAccess(db, act, keys === 'keep' && !leaves ? actor.userId : undefined);
    const revocations = [...(await deleteMembership(db, target.id)), ...ended.revocations];
    await write(db, ended, target.role);
    return { ...ended, revocations };
  });
}

/** Makes a member an owner; the present one keeps `keepRole`. */
export function handOver(
  database: Database,
  act: MemberAct,
  keepRole: 'owner' | 'admin',
  write: (db: Db) => Promise<void>,
): Promise<{ member: Member; revocations: readonly RecordedRevocation[] }> {
  return database.transaction(async (db) => {
    const { actor, target } = await lockedMembers(db, act);
    if (!mayGrant(actor.role, 'owner')) throw roleTooLow('owner');
    // A disabled member would leave the organisation without an active owner.
    if (target.status !== 'active') throw new AppError('resource.not_found');
    if (actor.userId === target.userId) return { member: target, revocations: [] };
    const made = await setMembership(db, target.id, { role: 'owner', status: 'active' });
    const kept = keepRole === 'owner' ? [] : await setMembership(db, actor.id, { role: keepRole, status: 'active' });
    if (keepRole === 'admin') await requireAnotherOwner(db, act.organisationId, actor.userId);
    await write(db);
    return { member: { ...target, role: 'owner' }, revocations: [...made, ...kept] };
  });
}

async function endAccess(
  db: Db,
  { organisationId, targetId }: MemberAct,
  heirId: string | undefined,
): Promise<EndedAccess> {
  const handed = heirId === undefined ? [] : await handOverKeys(db, organisationId, targetId, heirId);
  const ended = await revokeKeysOf(db, organisationId, targetId);
  const invitesRevoked = await revokeInvitesBy(db, organisationId, targetId);
  return {
    keysRevoked: ended.length,
    keysKept: handed.length,
    invitesRevoked,
    revocations: [...handed, ...ended],
  };
}

function isActiveOwner({ role, status }: Pick<Member, 'role' | 'status'>): boolean {
  return role === 'owner' && status === 'active';
}

/** Throws `tenant.last_owner` where nobody else is an active owner. */
async function requireAnotherOwner(db: Db, organisationId: string, userId: string): Promise<void> {
  if ((await otherActiveOwners(db, organisationId, userId)) > 0) return;
  throw new AppError('tenant.last_owner', {
    detail: 'An organisation keeps an active owner: make somebody else one first.',
  });
}
