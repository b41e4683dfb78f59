import { listSessions } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { listLiveSessions } from '../stores/sessions.ts';
import { requireSession } from './session-caller.ts';

export const listSessionsRoute = ({ database }: Context) =>
  route(listSessions, async ({ identity, query: { limit, offset } }) => {
    const current = requireSession(identity);
    const { items, total } = await listLiveSessions(database.query, identity.userId, limit, offset);
    const sessions = items.map((session) => ({
      ...session,
      created_at: session.created_at.toISOString(),
      last_used_at: session.last_used_at.toISOString(),
      expires_at: session.expires_at.toISOString(),
      current: session.id === current,
    }));
    return { status: 200, body: { items: sessions, total, limit, offset } };
  });
