import { bulkGenerate } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { momentFor } from './moment-generation.ts';

export const bulkGenerateRoute = ({ moments, finisher }: Context) =>
  route(bulkGenerate, async ({ body, request }) => {
    const createdBy = userId(request);
    const wanted = body.queries.map((query) => momentFor(query, createdBy, 'processing'));
    const rows = await Promise.all(wanted.map((fresh) => moments.create(fresh)));
    finisher.kick();
    return {
      status: 202,
      body: rows.map(({ id, path }) => ({ id, path, status: 'processing' as const, message: 'Generation started' })),
    };
  });
