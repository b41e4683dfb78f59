import { generateMoment } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { misbehave } from '../simulate.ts';
import { whileWanted } from '../while-wanted.ts';
import { momentFor } from './moment-generation.ts';

export const generateMomentRoute = ({ moments, finisher, config }: Context) =>
  route(generateMoment, async (call) => {
    const { body, request } = call;
    if (config.EXAMPLE_SIMULATE && (await misbehave(body.simulate, call))) return 'handled';
    const fresh = momentFor(body, userId(request), 'processing');
    const moment = await whileWanted(
      call,
      () => moments.create(fresh),
      (made) => moments.discard(made),
    );
    if (moment === undefined) return 'handled';
    finisher.kick();
    return {
      status: 202,
      body: { id: moment.id, path: moment.path, status: 'processing', message: 'Generation started' },
    };
  });
