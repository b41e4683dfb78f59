import { HEADER, type OperatorRole } from '@turnpike/contracts';
import { asOperator, asUser, call, openSession, type Answer, type AuthInstance } from '../harness.ts';
import type { Session } from './members-harness.ts';

/** A person with a role as an operator, and a session. */
export async function newOperator(auth: AuthInstance, role: OperatorRole = 'admin'): Promise<Session> {
  const session = await openSession(auth);
  await auth.context.database.prisma.operator.create({ data: { userId: session.userId, role, grantedBy: 'test' } });
  return session;
}

/** Calls as a programme with an operator's key. */
export function byKey(auth: AuthInstance, method: string, path: string, body?: unknown): Promise<Answer> {
  return call(auth, method, path, { headers: asOperator, ...(body === undefined ? {} : { body }) });
}

/** Calls as an operator's session, as the edge forwards it. */
export function byPerson(
  auth: AuthInstance,
  session: Session,
  method: string,
  path: string,
  body?: unknown,
  role: OperatorRole = 'admin',
): Promise<Answer> {
  const headers = { ...asUser(method, path, session.userId, session.sessionId), [HEADER.gatewayOperator]: role };
  return call(auth, method, path, { headers, ...(body === undefined ? {} : { body }) });
}
