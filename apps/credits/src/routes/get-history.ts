import { getHistory } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { presentEntry } from '../domain/history.ts';
import { userOwner } from '../domain/owner.ts';

export const getHistoryRoute = ({ accounts }: Context) =>
  route(getHistory, async ({ identity, query }) => {
    const { limit, offset } = query;
    const asOf = query.as_of === undefined ? undefined : BigInt(query.as_of);
    const page = await accounts.history(userOwner(identity.userId), { limit, offset, asOf });
    const next = `<${getHistory.path}?limit=${limit}&offset=${offset + limit}&as_of=${page.asOf}>; rel="next"`;
    const more = BigInt(offset + limit) < page.asOf;
    return {
      status: 200,
      body: page.entries.map(presentEntry),
      headers: { 'X-Total-Count': page.total.toString(), ...(more ? { Link: next } : {}) },
    };
  });
