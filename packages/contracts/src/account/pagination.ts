import { z } from 'zod';
import { field } from '../fields.ts';
import { queryNumber } from '../query-number.ts';

/** Largest page number that a list answers. */
const PAGE_MAX = 100_000;

/** `?page=&limit=` of the Account API's lists. */
export const pageQuery = z.object({
  page: queryNumber(1, PAGE_MAX).default(1).describe('Page, from 1; default 1.'),
  limit: field.limit,
});

/** A page of `item`s as the Account API lists them. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    pagination: z.object({
      page: z.number().int(),
      limit: z.number().int(),
      total: z.number().int().nonnegative(),
      pages: z.number().int().nonnegative().describe('Pages there are; 0 for an empty list.'),
    }),
  });
}
