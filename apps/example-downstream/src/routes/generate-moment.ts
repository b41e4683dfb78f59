import { generateMoment } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { misbehave } from '../simulate.ts';
import { momentFor } from './moment-generation.ts';

export const generateMomentRoute = ({ moments, finisher, simulate }: Context) =>
  route(generateMoment, async (call) => {
    const { body, request } = call;
    if (simulate && (await misbehave(body.simulate, call))) return 'handled';
    const { id, path } = await moments.create(momentFor(body, userId(request), 'processing'));
    finisher.kick();
    return { status: 202, body: { id, path, status: 'processing', message: 'Generation started' } };
  });
