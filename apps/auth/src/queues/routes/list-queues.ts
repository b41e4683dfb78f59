import { adminListQueues, OPERATED_QUEUES } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';

export const adminListQueuesRoute = ({ queues }: Context) =>
  route(adminListQueues, async () => {
    const states = await queues.states();
    const items = states.map(({ oldestWaitingAtMs, ...state }) => ({
      ...state,
      service: OPERATED_QUEUES[state.name],
      oldest_waiting_at: oldestWaitingAtMs === undefined ? null : new Date(oldestWaitingAtMs).toISOString(),
    }));
    return { status: 200, body: { items } };
  });
