import { randomUUID } from 'node:crypto';
import type { Role } from '@turnpike/contracts';
import { asMember, call, callAs, openSession, type Answer, type AuthInstance } from '../harness.ts';

type Session = Awaited<ReturnType<typeof openSession>>;

/** A person who acts within an organisation. */
export interface Member {
  readonly session: Session;
  readonly organisationId: string;
  /** Calls a route of the organisation. */
  send(method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** An organisation, as its owner acts within it. */
export async function openOrganisation(auth: AuthInstance): Promise<Member> {
  const session = await openSession(auth);
  const slug = `o${randomUUID().replaceAll('-', '').slice(0, 20)}`;
  const made = await callAs(auth, session, 'POST', '/platform/api/global/tenants', { name: 'Acme', slug });
  return memberOf(auth, session, { id: String(made.body['id']), role: 'owner' });
}

/** One more member, with a role. */
export async function addMember(auth: AuthInstance, organisationId: string, role: Role): Promise<Member> {
  const session = await openSession(auth);
  await auth.context.database.prisma.membership.create({
    data: { id: randomUUID(), organisationId, userId: session.userId, role },
  });
  return memberOf(auth, session, { id: organisationId, role });
}

function memberOf(
  auth: AuthInstance,
  session: Session,
  organisation: { readonly id: string; readonly role: Role },
): Member {
  return {
    session,
    organisationId: organisation.id,
    send: (method, path, body, headers) =>
      call(auth, method, path, {
        headers: { ...asMember(method, path, session, organisation), ...headers },
        ...(body === undefined ? {} : { body }),
      }),
  };
}
