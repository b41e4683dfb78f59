import { usageFigures } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

export const usageFiguresRoute = ({ store }: Context) =>
  route(usageFigures, async ({ query }) => {
    const { requests, errors } = await store.ofLastDay(query.organisation);
    return { status: 200, body: { requests_24h: requests, errors_24h: errors } };
  });
