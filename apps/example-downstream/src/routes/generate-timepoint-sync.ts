import { generateTimepointSync } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { misbehave } from '../simulate.ts';
import { whileWanted } from '../while-wanted.ts';
import { timepointView } from './views.ts';

export const generateTimepointSyncRoute = ({ timepoints, config }: Context) =>
  route(generateTimepointSync, async (call) => {
    const { body, request } = call;
    if (config.EXAMPLE_SIMULATE && (await misbehave(body.simulate, call))) return 'handled';
    const wanted = { ...body, generateImage: body.generate_image, userId: userId(request) };
    const row = await whileWanted(
      call,
      () => timepoints.complete(wanted),
      (made) => timepoints.discard(made),
    );
    if (row === undefined) return 'handled';
    return { status: 200, body: timepointView(row) };
  });
