import { listSessions } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { listLiveSessions } from '../stores/sessions.ts';
import { requireSession } from './session-caller.ts';

export const listSessionsRoute = ({ clock, database }: Context) =>
  route(listSessions, async ({ identity, query: { limit, offset } }) => {
    const current = requireSession(identity);
    const { items, total } = await listLiveSessions(database, identity.userId, new Date(clock.nowMs()), {
      limit,
      offset,
    });
    const sessions = items.map((session) => ({
      id: session.id,
      method: session.method,
      device: session.device,
      user_agent: session.userAgent,
      address: session.address,
      created_at: session.createdAt.toISOString(),
      last_used_at: session.lastUsedAt.toISOString(),
      expires_at: session.expiresAt.toISOString(),
      current: session.id === current,
    }));
    return { status: 200, body: { items: sessions, total, limit, offset } };
  });
