import { ARCHIVE_PAGE, archiveUsage } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import type { StoredRecord } from '../records/domain/stored-record.ts';
import { lateIdsAmong } from '../records/late/late-store.ts';
import { itemOf } from './analytics-logs.ts';

export const archiveUsageRoute = ({ database, store }: Context) =>
  route(archiveUsage, async ({ params: { id }, query }) => {
    const filter = {
      whose: { kind: 'everybody' },
      organisationId: id,
      from: new Date(query.from),
      to: new Date(query.to),
    } as const;
    const found: StoredRecord[] = [];
    let before = query.cursor;
    let more = true;
    // Pages are filled, so that records which come late move none of them.
    while (more && found.length < ARCHIVE_PAGE) {
      const page = await store.list(filter, { limit: ARCHIVE_PAGE, offset: 0, before });
      const ids = page.map((record) => record.id);
      const late = query.without_late === true ? await lateIdsAmong(database, ids) : new Set<string>();
      found.push(...page.filter((record) => !late.has(record.id)).slice(0, ARCHIVE_PAGE - found.length));
      more = page.length === ARCHIVE_PAGE;
      before = ids.at(-1);
    }
    const next = found.length < ARCHIVE_PAGE ? null : (found.at(-1)?.id ?? null);
    return { status: 200, body: { items: found.map((record) => itemOf(record, id)), next_cursor: next } };
  });
