import { randomUUID } from 'node:crypto';
import { HEADER, signGatewayRequestV2, type Environment, type Role } from '@turnpike/contracts';
import { asUser, call, callAs, openSession, type Answer, type AuthInstance, type Stores } from '../harness.ts';

export type Session = Awaited<ReturnType<typeof openSession>>;

const secretOf = ({ env }: Stores): string => String(env['INTERNAL_SIGNING_SECRET']);

const newSlug = (): string => `o${randomUUID().replaceAll('-', '').slice(0, 20)}`;

/** A new organisation of a session's user. */
export async function newOrganisation(auth: AuthInstance, session: Session, slug = newSlug()): Promise<string> {
  const made = await callAs(auth, session, 'POST', '/platform/api/global/tenants', { name: 'Acme', slug });
  return String(made.body['id']);
}

/** A new person with a role in an organisation. */
export async function newMember(auth: AuthInstance, organisationId: string, role: Role): Promise<Session> {
  const session = await openSession(auth);
  const data = { id: randomUUID(), organisationId, userId: session.userId, role };
  await auth.context.database.prisma.membership.create({ data });
  return session;
}

/** Calls within an organisation, as the edge forwards it for a token whose membership has this role now. */
export function memberCalls(stores: Stores, auth: AuthInstance, organisationId: string, env: Environment = 'prod') {
  return (
    session: Session,
    role: Role,
    method: string,
    path: string,
    body?: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer> => {
    const headers = asUser(method, path, session.userId, session.sessionId);
    const signed = {
      method,
      path: path.split('?', 1)[0] ?? path,
      userId: session.userId,
      tenantId: organisationId,
      timestamp: Number(headers[HEADER.gatewayTimestamp]),
    };
    const tenant = {
      [HEADER.tenantId]: organisationId,
      [HEADER.gatewayTenantRole]: role,
      [HEADER.gatewayTenantEnv]: env,
      [HEADER.gatewaySignatureV2]: signGatewayRequestV2(secretOf(stores), signed),
    };
    return call(auth, method, path, {
      headers: { ...headers, ...tenant, ...more },
      ...(body === undefined ? {} : { body }),
    });
  };
}
