import { refreshGlobal, type Environment } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { scopedTokenFor } from '../../organisations/scoped-token.ts';
import { requireSignInMethod } from '../../organisations/sign-in-methods.ts';
import { findOwnOrganisation, type OwnOrganisation } from '../../organisations/stores/organisations.ts';
import type { IssuedTokens } from '../../sessions/domain/sessions.ts';
import { throwRefusal } from '../../sessions/routes/refusals.ts';
import { globalTokens } from '../../sign-in/routes/signed-in.ts';

export const platformRefreshRoute = (context: Context) =>
  route(refreshGlobal, async ({ body }) => {
    const { refresh_token: refreshToken, tenant_id: tenantId, env } = body;
    const wanted = tenantId === undefined ? undefined : await wantedOrganisation(context, refreshToken, tenantId);
    const tokens = await context.sessions.refresh(refreshToken).catch(throwRefusal);
    return {
      status: 200,
      body: { ...globalTokens(tokens), ...(wanted && (await scoped(context, tokens, wanted, env))) },
    };
  });

/**
 * The organisation, judged before anything rotates. `undefined` where the token is not to be exchanged, since it is used up, foreign or of a session
 * that is over: then the refresh refuses, and ends what it has to end. Throws 404 for whoever is no member of it,
 * `tenant.suspended` and `tenant.sign_in_method_refused`.
 */
async function wantedOrganisation(
  context: Context,
  refreshToken: string,
  id: string,
): Promise<OwnOrganisation | undefined> {
  const holder = await context.sessions.holderOf(refreshToken);
  if (holder === undefined) return undefined;
  const organisation = await findOwnOrganisation(context.database, holder.userId, { id });
  if (organisation === undefined) throw new AppError('resource.not_found');
  if (organisation.status !== 'active') throw new AppError('tenant.suspended');
  await requireSignInMethod(context, id, holder.method);
  return organisation;
}

function scoped(
  context: Context,
  { sessionId, userId }: IssuedTokens,
  organisation: OwnOrganisation,
  env: Environment,
) {
  return scopedTokenFor(context, { id: sessionId, userId }, organisation, env);
}
