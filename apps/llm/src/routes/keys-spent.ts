import { keysSpent } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { spentByKeys } from '../limits/stores/spend-store.ts';

export const keysSpentRoute = ({ database }: Context) =>
  route(keysSpent, async ({ body: { keys } }) => {
    const spent = await spentByKeys(database, keys);
    return { status: 200, body: { spent: keys.map(({ id }) => ({ id, credits: Number(spent.get(id) ?? 0n) / 1e6 })) } };
  });
