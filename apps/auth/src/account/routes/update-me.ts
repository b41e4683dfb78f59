import { updateMe } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { setName } from '../stores/people.ts';
import { readMe } from './me-view.ts';

export const updateMeRoute = (context: Context) =>
  route(updateMe, async ({ body, identity }) => {
    requireSession(identity);
    const me = await readMe(context, identity.userId, body.display_name);
    await setName(context.database, identity.userId, body.display_name);
    return { status: 200, body: me };
  });
