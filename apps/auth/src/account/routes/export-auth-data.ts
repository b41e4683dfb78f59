import { exportAuthData } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { exportPersonalData } from '../stores/personal-data.ts';

export const exportAuthDataRoute = ({ database }: Context) =>
  route(exportAuthData, async ({ query }) => ({
    status: 200,
    body: await exportPersonalData(database.query, query.user_id),
  }));
