import { generateTimepointStream } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { streamProgress } from '../progress-stream.ts';
import { timepointView } from './views.ts';

export const generateTimepointStreamRoute = ({ timepoints, config }: Context) =>
  route(generateTimepointStream, async ({ body, request, response, signal }) => {
    await streamProgress({
      response,
      signal,
      stepMs: config.GENERATION_STEP_MS,
      simulate: config.EXAMPLE_SIMULATE ? body.simulate : undefined,
      finish: async () =>
        timepointView(
          await timepoints.complete({ ...body, generateImage: body.generate_image, userId: userId(request) }),
        ),
    });
    return 'handled' as const;
  });
