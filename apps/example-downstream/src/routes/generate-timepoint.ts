import { generateTimepoint } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { misbehave } from '../simulate.ts';

export const generateTimepointRoute = ({ timepoints, finisher, simulate }: Context) =>
  route(generateTimepoint, async (call) => {
    const { body, request } = call;
    if (simulate && (await misbehave(body.simulate, call))) return 'handled';
    const { id } = await timepoints.accept({ ...body, generateImage: body.generate_image, userId: userId(request) });
    finisher.kick();
    return { status: 202, body: { id, status: 'processing', message: 'Generation started' } };
  });
