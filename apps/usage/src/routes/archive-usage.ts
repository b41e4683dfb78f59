import { ARCHIVE_PAGE, archiveUsage } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { itemOf } from './analytics-logs.ts';

export const archiveUsageRoute = ({ store }: Context) =>
  route(archiveUsage, async ({ params: { id }, query: { from, to, cursor } }) => {
    const filter = {
      whose: { kind: 'everybody' },
      organisationId: id,
      from: new Date(from),
      to: new Date(to),
    } as const;
    const records = await store.list(filter, { limit: ARCHIVE_PAGE, offset: 0, before: cursor });
    const next = records.length < ARCHIVE_PAGE ? null : (records.at(-1)?.id ?? null);
    return { status: 200, body: { items: records.map((record) => itemOf(record, id)), next_cursor: next } };
  });
