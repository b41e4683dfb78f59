import { getCosts } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ceilCredits } from '../domain/amounts.ts';

export const getCostsRoute = ({ prices }: Context) =>
  route(getCosts, async () => {
    const current = await prices.current();
    return {
      status: 200,
      body: { costs: Object.fromEntries(current.map((price) => [price.operation, ceilCredits(price.cost)])) },
    };
  });
