import { randomUUID } from 'node:crypto';
import { introspect, openSession, type AuthInstance } from '../harness.ts';

/** A person with an identity of this provider and a session; `role` is what introspection says of it now. */
export async function newPerson(auth: AuthInstance, provider = 'email', emailVerified = true) {
  const email = `${randomUUID()}@example.com`;
  const session = await openSession(auth);
  await auth.context.database.prisma.identity.create({
    data: { id: randomUUID(), userId: session.userId, provider, subject: email, email, emailVerified },
  });
  const token = session.response.access_token;
  const role = async () => (await introspect(auth, token)).body['platform_admin'];
  return { ...session, email, role };
}
