import { chat } from '@turnpike/contracts';
import { route, uuidv7 } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { misbehave } from '../simulate.ts';

/** The example has no model and keeps no conversation: a character answers whatever scene it is asked in. */
export const chatRoute = ({ config }: Context) =>
  route(chat, async (call) => {
    const { body } = call;
    if (config.EXAMPLE_SIMULATE && (await misbehave(body.simulate, call))) return 'handled';
    return {
      status: 200,
      body: {
        character_name: body.character,
        response: `${body.character} thinks about it for a while. “You ask: ${body.message} — come closer, and I will tell you.”`,
        emotional_tone: 'thoughtful',
        session_id: body.session_id ?? uuidv7(),
      },
    };
  });
