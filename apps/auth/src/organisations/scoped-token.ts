import type { Environment, Output, selectTenant } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { liveSession } from '../sessions/stores/sessions.ts';
import { requireSignInMethod } from './sign-in-methods.ts';
import type { OwnOrganisation } from './stores/organisations.ts';

/**
 * An access token of a session for one of its user's organisations. Throws `tenant.suspended` for a suspended one, `auth.session_revoked` where the
 * session ended meanwhile, `tenant.sign_in_method_refused` where it was opened
 * in another way than the organisation takes.
 */
export async function scopedTokenFor(
  context: Pick<Context, 'database' | 'organisationConfig' | 'sessions'>,
  session: { readonly id: string; readonly userId: string },
  organisation: OwnOrganisation,
  environment: Environment,
): Promise<Output<typeof selectTenant>> {
  const { organisationId, membershipId, role, slug, name, status, tier } = organisation;
  if (status !== 'active') throw new AppError('tenant.suspended');
  const live = await liveSession(context.database, session.id, session.userId);
  if (live === undefined) throw new AppError('auth.session_revoked');
  await requireSignInMethod(context, organisationId, live.method);
  const scope = { organisationId, membershipId, role, environment };
  const token = context.sessions.accessToken({ ...live, tier, sessionId: session.id, scope });
  return {
    ...token,
    scoped_access_token: token.access_token,
    tenant_id: organisationId,
    tenant: { id: organisationId, slug, name, status },
    role,
    env: environment,
  };
}
