import { roleAtLeast, type Output, type Role, type updateMember } from '@turnpike/contracts';
import { maskAddress } from '../../mail/mail-job.ts';
import type { Member } from '../stores/members.ts';

/** A member as one with the role `reader` sees them. */
export function memberView(member: Member, reader: Role): Output<typeof updateMember> {
  const { id, userId, email, firstName, lastName, role, status, joinedAt, lastActiveAt } = member;
  return {
    id,
    user_id: userId,
    email: email === null || roleAtLeast(reader, 'member') ? email : maskAddress(email),
    first_name: firstName,
    last_name: lastName,
    role,
    status,
    joined_at: joinedAt.toISOString(),
    last_active_at: roleAtLeast(reader, 'admin') ? (lastActiveAt?.toISOString() ?? null) : null,
  };
}
