import { adminEndSession, adminListSessions } from '@turnpike/contracts';
import { AppError, operatorAct, route } from '@turnpike/service-kit';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { endSession, listLiveSessions } from '../../sessions/stores/sessions.ts';
import { actingOperator } from '../acting.ts';
import { subjectEventOf } from '../subject-event.ts';

export const adminListSessionsRoute = ({ clock, database }: Context) =>
  route(adminListSessions, async ({ params, query: { limit, offset } }) => {
    const { items, total } = await listLiveSessions(database, params.id, new Date(clock.nowMs()), { limit, offset });
    const sessions = items.map(({ id, method, device, userAgent, address, createdAt, lastUsedAt, expiresAt }) => ({
      id,
      method,
      device,
      user_agent: userAgent,
      address,
      created_at: createdAt.toISOString(),
      last_used_at: lastUsedAt.toISOString(),
      expires_at: expiresAt.toISOString(),
    }));
    return { status: 200, body: { items: sessions, total, limit, offset } };
  });

export const adminEndSessionRoute = ({ database, revocations }: Context) =>
  route(adminEndSession, async (call) => {
    const { id: userId, session_id: id } = call.params;
    const act = operatorAct(call.identity, call.body.reason);
    await actingOperator(database, call.identity, adminEndSession);
    const ended = await database.transaction(async (db) => {
      const done = await endSession(db, id, userId, 'ended_by_operator');
      if (done.length === 0) throw new AppError('resource.not_found', { detail: 'The user has no such live session.' });
      await recordAuditEvent(db, subjectEventOf(call, act, 'session.end', userId, { session: id }));
      return done;
    });
    await revocations.announce(ended);
    return { status: 200, body: { id, ended: true } };
  });
