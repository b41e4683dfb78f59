import { readOrganisation } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { organisationStateOf } from '../stores/organisation-status.ts';

export const readOrganisationRoute = ({ database }: Context) =>
  route(readOrganisation, async ({ params: { id } }) => {
    const found = await organisationStateOf(database, id);
    if (found === undefined) throw new AppError('resource.not_found', { detail: 'Organisation not found' });
    return { status: 200, body: { id, status: found.status, owner_id: found.ownerId } };
  });
