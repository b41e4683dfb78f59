import { readOrganisation } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { organisationStatusOf } from '../stores/organisation-status.ts';

export const readOrganisationRoute = ({ database }: Context) =>
  route(readOrganisation, async ({ params: { id } }) => {
    const status = await organisationStatusOf(database, id);
    if (status === undefined) throw new AppError('resource.not_found', { detail: 'Organisation not found' });
    return { status: 200, body: { id, status } };
  });
