import { generateMomentSync } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { misbehave } from '../simulate.ts';
import { whileWanted } from '../while-wanted.ts';
import { momentFor } from './moment-generation.ts';
import { momentView } from './views.ts';

export const generateMomentSyncRoute = ({ moments, config }: Context) =>
  route(generateMomentSync, async (call) => {
    const { body, request } = call;
    if (config.EXAMPLE_SIMULATE && (await misbehave(body.simulate, call))) return 'handled';
    const fresh = momentFor(body, userId(request), 'completed');
    const moment = await whileWanted(
      call,
      () => moments.create(fresh),
      (made) => moments.discard(made),
    );
    if (moment === undefined) return 'handled';
    return { status: 200, body: momentView(moment) };
  });
