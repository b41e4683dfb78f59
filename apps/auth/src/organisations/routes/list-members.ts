import { listMembers as endpoint, roleAtLeast } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requireMember } from '../member-caller.ts';
import { findMember, listMembers } from '../stores/members.ts';
import { memberView } from './member-view.ts';

export const listMembersRoute = ({ database }: Context) =>
  route(endpoint, async ({ identity, query: { limit, offset, q, role } }) => {
    const { organisation, userId } = requireMember(identity);
    const reader = await findMember(database, organisation.id, userId);
    if (reader?.status !== 'active') throw new AppError('tenant.membership_ended');
    const wanted = { limit, offset, q, role, byAddress: roleAtLeast(reader.role, 'member') };
    const { items, total } = await listMembers(database, organisation.id, wanted);
    return {
      status: 200,
      body: { items: items.map((member) => memberView(member, reader.role)), total, limit, offset },
    };
  });
