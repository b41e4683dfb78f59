import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { archiveUsage, type Output } from '@turnpike/contracts';
import type { Context } from '../context.ts';
import type { ObjectStore } from './s3-client.ts';

const compress = promisify(gzip);
export const HOUR_MS = 3_600_000;
/** How long after its end an hour is archived, so that records which are still on their way are in it, in milliseconds. */
export const SETTLING_MS = 600_000;

type Item = Output<typeof archiveUsage>['items'][number];

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
    const query = { ...period, ...(cursor === undefined ? {} : { cursor }) };
    const page = await usage.call(archiveUsage, { params: { id: organisationId }, query, signal });
    if (page.items.length > 0) {
      const lines = page.items.map((item) => `${JSON.stringify(item)}\n`).join('');
      await objects.put(nameOf(from, page.items), await compress(lines), signal);
      written += 1;
    }
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return written;
}

/** The same records have the same name, whoever writes them. */
function nameOf(from: Date, items: readonly Item[]): string {
  const [day, time = ''] = from.toISOString().split('T');
  return `usage/dt=${day}/h=${time.slice(0, 2)}/${items.at(-1)?.id}-${items[0]?.id}.ndjson.gz`;
}
