import { checkCredits } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { floorCredits, toMicro } from '../domain/amounts.ts';
import { ownerOf } from '../domain/owner.ts';

export const checkCreditsRoute = ({ accounts }: Context) =>
  route(checkCredits, async ({ query }) => {
    const balance = await accounts.balance(ownerOf(query));
    const available = balance?.available ?? 0n;
    const sufficient = balance?.status === 'open' && available >= toMicro(query.cost);
    return { status: 200, body: { sufficient, balance: floorCredits(available) } };
  });
