import { generateMomentSync } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { misbehave } from '../simulate.ts';
import { momentFor } from './moment-generation.ts';
import { momentView } from './views.ts';

export const generateMomentSyncRoute = ({ moments, simulate }: Context) =>
  route(generateMomentSync, async (call) => {
    const { body, request } = call;
    if (simulate && (await misbehave(body.simulate, call))) return 'handled';
    const moment = await moments.create(momentFor(body, userId(request), 'completed'));
    return { status: 200, body: momentView(moment) };
  });
