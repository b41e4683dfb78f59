import { z } from 'zod';
import { field } from '../fields.ts';
import { platformPage, platformPageOf } from './tenants.ts';

/** Most rows that are counted for the total of an operator's list. */
export const ADMIN_COUNTED_MAX = 10_000;

/** Refusals of whoever is no operator, and of a wrong operator's key. */
export const operatorRefusals = [
  'auth.missing',
  'auth.scope_missing',
  'auth.forbidden',
  'auth.admin_key_invalid',
] as const;

/** Pages of an operator's list: as elsewhere in the family, or on from the last row of the page before, however far back that lies. */
export const adminPage = {
  ...platformPage,
  cursor: field.id.optional().describe('`next_cursor` of the page before; then `offset` counts from there.'),
} as const;

/** A page of an operator's list as it is answered. */
export function adminPageOf<T extends z.ZodType>(item: T) {
  return platformPageOf(item).extend({
    total: z
      .number()
      .int()
      .nonnegative()
      .describe(`Rows that match, counted up to ${ADMIN_COUNTED_MAX}; with \`cursor\` those after it.`),
    next_cursor: field.id.nullable().describe('Null on the last page.'),
  });
}
