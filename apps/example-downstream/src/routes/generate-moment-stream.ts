import { generateMomentStream } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { streamProgress } from '../progress-stream.ts';
import { momentFor } from './moment-generation.ts';
import { momentView } from './views.ts';

export const generateMomentStreamRoute = ({ moments, config }: Context) =>
  route(generateMomentStream, async ({ body, request, response, signal }) => {
    // Made first, so that a request that cannot work is refused before the stream begins.
    const fresh = momentFor(body, userId(request), 'completed');
    await streamProgress({
      response,
      signal,
      stepMs: config.GENERATION_STEP_MS,
      simulate: config.EXAMPLE_SIMULATE ? body.simulate : undefined,
      finish: async () => momentView(await moments.create(fresh)),
    });
    return 'handled' as const;
  });
