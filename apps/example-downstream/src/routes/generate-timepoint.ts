import { generateTimepoint } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { misbehave } from '../simulate.ts';
import { whileWanted } from '../while-wanted.ts';

export const generateTimepointRoute = ({ timepoints, finisher, config }: Context) =>
  route(generateTimepoint, async (call) => {
    const { body, request } = call;
    if (config.EXAMPLE_SIMULATE && (await misbehave(body.simulate, call))) return 'handled';
    const wanted = { ...body, generateImage: body.generate_image, userId: userId(request) };
    const row = await whileWanted(
      call,
      () => timepoints.accept(wanted),
      (made) => timepoints.discard(made),
    );
    if (row === undefined) return 'handled';
    finisher.kick();
    return { status: 202, body: { id: row.id, status: 'processing', message: 'Generation started' } };
  });
