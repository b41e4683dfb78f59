import { HEADER, introspect } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { introspectCredential, type Inactive } from '../domain/introspection.ts';

export const introspectRoute = ({ config, credentialKinds, figures }: Context) =>
  route(introspect, async ({ body }) => {
    const slug = config.NODE_ENV === 'production' ? undefined : body.tenant_slug;
    const answer = await introspectCredential(credentialKinds, body.token, slug);
    figures.introspections.inc({ result: answer.active ? 'active' : answer.reason });
    if (answer.active) return { status: 200, body: answer };
    return {
      status: 200,
      body: { active: false },
      headers: { [HEADER.inactiveReason]: answer.reason, ...subjectHeader(answer) },
    };
  });

/** Whose the credential was; members that there are none of are left out. */
function subjectHeader({ subject }: Inactive): Record<string, string> {
  if (subject === undefined) return {};
  const members = new URLSearchParams();
  for (const [name, id] of Object.entries(subject)) if (id !== undefined) members.set(name, id);
  return { [HEADER.inactiveSubject]: members.toString() };
}
