import { switchEnvironment } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requireMember } from '../member-caller.ts';
import { scopedTokenFor } from '../scoped-token.ts';
import { findOwnOrganisation } from '../stores/organisations.ts';

export const switchEnvironmentRoute = (context: Context) =>
  route(switchEnvironment, async ({ identity, body }) => {
    const { organisation: selected, sessionId, userId } = requireMember(identity);
    const organisation = await findOwnOrganisation(context.database, userId, { id: selected.id });
    if (organisation === undefined) throw new AppError('tenant.membership_ended');
    const environment = body.environment ?? body.env ?? selected.env;
    return { status: 200, body: await scopedTokenFor(context, { id: sessionId, userId }, organisation, environment) };
  });
