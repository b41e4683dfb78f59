import { createHash } from 'node:crypto';

/** Enough of a digest to tell files apart by eye, in characters. */
const DIGEST_CHARS = 16;

/** What tells one text of a routes file from another. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARS);
}
