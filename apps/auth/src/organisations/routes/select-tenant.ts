import { selectTenant } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { scopedTokenFor } from '../scoped-token.ts';
import { findOwnOrganisation } from '../stores/organisations.ts';

export const selectTenantRoute = (context: Context) =>
  route(selectTenant, async ({ identity, body }) => {
    const session = { id: requireSession(identity), userId: identity.userId };
    const wanted = { id: body.tenant_id, slug: body.tenant_slug };
    const organisation = await findOwnOrganisation(context.database, session.userId, wanted);
    if (organisation === undefined) throw new AppError('resource.not_found');
    return { status: 200, body: await scopedTokenFor(context, session, organisation, body.env) };
  });
