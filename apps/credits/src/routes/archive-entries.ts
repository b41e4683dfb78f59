import { ARCHIVE_ENTRIES_PAGE, archiveEntries } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { exactEntry } from '../domain/history.ts';

export const archiveEntriesRoute = ({ accounts }: Context) =>
  route(archiveEntries, async ({ params: { id }, query }) => {
    const asOf = query.as_of === undefined ? undefined : BigInt(query.as_of);
    const owner = { type: 'organisation', id } as const;
    const page = await accounts.history(owner, { limit: ARCHIVE_ENTRIES_PAGE, offset: 0, asOf });
    const next = page.asOf - BigInt(ARCHIVE_ENTRIES_PAGE);
    return {
      status: 200,
      body: { items: page.entries.map(exactEntry), next_as_of: next > 0n ? String(next) : null },
    };
  });
