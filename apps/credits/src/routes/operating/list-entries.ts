import { adminListEntries } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { exactEntry } from '../../domain/history.ts';
import { ownerOf } from '../../domain/owner.ts';

export const adminListEntriesRoute = ({ accounts }: Context) =>
  route(adminListEntries, async ({ query }) => {
    const { limit, offset } = query;
    const asOf = query.as_of === undefined ? undefined : BigInt(query.as_of);
    const page = await accounts.history(ownerOf(query), { limit, offset, asOf });
    const items = page.entries.map(exactEntry);
    return { status: 200, body: { items, total: Number(page.total), limit, offset, as_of: String(page.asOf) } };
  });
