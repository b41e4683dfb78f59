import { findCallers } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

/** Records of one request id that are looked at. */
const RECORDS_MAX = 100;

export const findCallersRoute = ({ store }: Context) =>
  route(findCallers, async ({ query }) => {
    const filter = {
      whose: { kind: 'everybody' } as const,
      from: new Date(0),
      to: new Date(),
      requestId: query.request_id,
    };
    const records = await store.list(filter, { limit: RECORDS_MAX, offset: 0 });
    const users = records.flatMap(({ userId }) => userId ?? []);
    return { status: 200, body: { user_ids: [...new Set(users)] } };
  });
