import { archiveUsage } from '@turnpike/contracts';
import type { Context } from '../context.ts';
import type { ObjectStore } from './s3-client.ts';
import { usageFileBody, usageFileName } from './usage-file.ts';

export const HOUR_MS = 3_600_000;

/** Writes an organisation's records of an hour. Returns how many objects it wrote. */
export async function archiveHour(
  { usage }: Pick<Context, 'usage'>,
  objects: ObjectStore,
  organisationId: string,
  from: Date,
  signal: AbortSignal,
): Promise<number> {
  const period = { from: from.toISOString(), to: new Date(from.getTime() + HOUR_MS).toISOString() };
  let cursor: string | undefined;
  let written = 0;
  do {
    // Late ones have archives of their own, whenever this one is written.
    const query = { ...period, without_late: 'true', ...(cursor === undefined ? {} : { cursor }) };
    const page = await usage.call(archiveUsage, { params: { id: organisationId }, query, signal });
    if (page.items.length > 0) {
      await objects.put(usageFileName(from, page.items), await usageFileBody(page.items), signal);
      written += 1;
    }
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return written;
}
