import { ARCHIVE_PAGE } from '@turnpike/contracts';
import type { StoredRecord } from '../domain/stored-record.ts';
import type { UsageStore } from '../usage-store.ts';
import type { LateBatch, LateMember } from './late-store.ts';

/** The records of an archive of late ones, newest first; those that the store refused, or that have gone meanwhile, are left out. `members` are oldest first. */
export async function readMembers(
  store: Pick<UsageStore, 'list'>,
  { organisationId }: LateBatch,
  members: readonly LateMember[],
): Promise<StoredRecord[]> {
  const [first, last] = [members.at(0), members.at(-1)];
  if (first === undefined || last === undefined) return [];
  const ids = new Set(members.map(({ id }) => id));
  const filter = {
    whose: { kind: 'everybody' },
    organisationId,
    from: first.at,
    to: new Date(last.at.getTime() + 1),
  } as const;
  const found: StoredRecord[] = [];
  let before: string | undefined;
  do {
    const page = await store.list(filter, { limit: ARCHIVE_PAGE, offset: 0, before });
    found.push(...page.filter(({ id }) => ids.has(id)));
    before = page.length < ARCHIVE_PAGE ? undefined : page.at(-1)?.id;
  } while (before !== undefined && found.length < members.length);
  return found;
}
