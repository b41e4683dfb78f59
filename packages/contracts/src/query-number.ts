import { z } from 'zod';

/** Longest text that is read as a number: more digits no limit of ours has. */
const DIGITS_MAX = 12;
const DIGITS = new RegExp(`^[0-9]{1,${DIGITS_MAX}}$`);

/** A whole number in a query, where everything is text: digits and nothing else. Coercion would take an empty text for 0, and `1e2`, `0x10` and ` 5 ` too. */
export function queryNumber(min: number, max: number) {
  return z.preprocess(
    (value) => (typeof value === 'string' && DIGITS.test(value) ? Number(value) : value),
    z.number().int().min(min).max(max),
  );
}
