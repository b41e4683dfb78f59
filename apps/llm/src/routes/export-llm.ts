import { exportLlm } from '@turnpike/contracts';
import { exportTables, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { PERSONAL_TABLES } from '../personal-data.ts';

export const exportLlmRoute = ({ database }: Context) =>
  route(exportLlm, async ({ query }) => ({
    status: 200,
    body: await exportTables(database.query, PERSONAL_TABLES, query.user_id),
  }));
