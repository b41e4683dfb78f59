import { hash, timingSafeEqual } from 'node:crypto';

/** Digests of the lists compared with, made once: a list of accepted values does not change while a process runs. */
const DIGESTS = new WeakMap<readonly string[], readonly Buffer[]>();

/** A key that can be checked without being held: the SHA-256 of its text. */
const KEY_DIGEST = /^sha256:([0-9a-f]{64})$/;

/**
 * Compares a presented key with every accepted value (or its digest, `sha256:` and 64 hex digits) in constant time;
 * returns the index of the match, or -1. `accepted` must not change between calls.
 */
export function matchKey(presented: string, accepted: readonly string[]): number {
  const given = sha256(presented);
  let found = -1;
  for (const [index, digest] of digests(accepted).entries()) {
    if (timingSafeEqual(given, digest) && found === -1) found = index;
  }
  return found;
}

function digests(accepted: readonly string[]): readonly Buffer[] {
  const known = DIGESTS.get(accepted);
  if (known?.length === accepted.length) return known;
  const made = accepted.map((value) => {
    const [, digest] = KEY_DIGEST.exec(value) ?? [];
    return digest === undefined ? sha256(value) : Buffer.from(digest, 'hex');
  });
  DIGESTS.set(accepted, made);
  return made;
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
