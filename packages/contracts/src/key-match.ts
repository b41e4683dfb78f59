import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Compares a presented key with every accepted value in constant time. Digests are compared, so lengths tell nothing either. Gives the
 * index of the match, or -1.
 */
export function matchKey(presented: string, accepted: readonly string[]): number {
  const given = sha256(presented);
  let found = -1;
  for (const [index, value] of accepted.entries()) {
    if (timingSafeEqual(given, sha256(value)) && found === -1) found = index;
  }
  return found;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
