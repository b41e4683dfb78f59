import { z } from 'zod';
import { temporalNext, temporalPrior } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { misbehave } from '../simulate.ts';
import { whileWanted } from '../while-wanted.ts';
import { timepointView } from './views.ts';

/** `POST /api/v1/temporal/:id/next` and `/prior`: the same jump in two directions. */
export const temporalJumpRoutes = ({ timepoints, config }: Context) =>
  (
    [
      [temporalNext, 'later than'],
      [temporalPrior, 'earlier than'],
    ] as const
  ).map(([endpoint, direction]) =>
    route(endpoint, async (call) => {
      const { params, body, request } = call;
      if (config.EXAMPLE_SIMULATE && (await misbehave(body.simulate, call))) return 'handled';
      const user = userId(request);
      const from = z.uuid().safeParse(params.id).success ? await timepoints.find(params.id, user) : undefined;
      const wanted = {
        query: `${body.units} ${body.unit} ${direction} ${from?.title ?? 'an unknown moment'}`,
        preset: from?.preset ?? 'balanced',
        generateImage: from?.generateImage ?? false,
        userId: user,
        parentId: from?.id,
      };
      const row = await whileWanted(
        call,
        () => timepoints.complete(wanted),
        (made) => timepoints.discard(made),
      );
      if (row === undefined) return 'handled';
      return { status: 200, body: timepointView(row) };
    }),
  );
