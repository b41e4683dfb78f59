import { chargesOfDay } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

export const chargesOfDayRoute = ({ inspection }: Context) =>
  route(chargesOfDay, async ({ query, caller }) => {
    const { charged, charges } = await inspection.chargesOfDay(`service:${caller.name}`, new Date(query.day));
    return { status: 200, body: { charged_micro: charged.toString(), charges } };
  });
