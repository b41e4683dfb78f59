import { createHash } from 'node:crypto';

/**
 * The id of a record: a UUID of version 7 whose time is the record's own and whose other bits are made of the batch and the place in it. The same batch
 * read twice gives the same ids, the edge spends nothing on them, and an id names the day whose partition holds it.
 */
export function recordId(atMs: number, producer: string, sequence: number, place: number): string {
  const digest = createHash('sha256').update(`${producer}:${sequence}:${place}`).digest('hex');
  const time = atMs.toString(16).padStart(12, '0');
  const variant = '89ab'[Number.parseInt(digest.charAt(3), 16) % 4];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digest.slice(0, 3)}-${variant}${digest.slice(4, 7)}-${digest.slice(7, 19)}`;
}

/** The last millisecond that databases and RFC 3339 know: the end of the year 9999. */
const TIME_MS_MAX = 253_402_300_799_999;

/** When the record of an id began, as the id says; `undefined` for an id that is none of ours. */
export function timeOfRecordId(id: string): Date | undefined {
  if (id.charAt(14) !== '7') return undefined;
  const atMs = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return atMs <= TIME_MS_MAX ? new Date(atMs) : undefined;
}
