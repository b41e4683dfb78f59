import { listRevocations, REVOCATIONS_PER_PAGE_MAX } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { revocationsSince } from '../stores/revocations.ts';

export const listRevocationsRoute = ({ database }: Context) =>
  route(listRevocations, async ({ query: { since, cursor } }) => ({
    status: 200,
    body: await revocationsSince(database, since, cursor, REVOCATIONS_PER_PAGE_MAX),
  }));
