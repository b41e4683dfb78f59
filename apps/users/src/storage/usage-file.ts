import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { archiveUsage, Output } from '@turnpike/contracts';

const compress = promisify(gzip);

type Items = Output<typeof archiveUsage>['items'];

/** Where records of an hour go, newest first. The same records have the same name, whoever writes them. */
export function usageFileName(hour: Date, items: Items, prefix: '' | 'late-' = ''): string {
  const [day, time = ''] = hour.toISOString().split('T');
  return `usage/dt=${day}/h=${time.slice(0, 2)}/${prefix}${items.at(-1)?.id}-${items[0]?.id}.ndjson.gz`;
}

/** A line of JSON for each record, compressed. */
export function usageFileBody(items: Items): Promise<Buffer> {
  return compress(items.map((item) => `${JSON.stringify(item)}\n`).join(''));
}
