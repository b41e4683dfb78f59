import type { Answered } from './answered.ts';

/** What a list's answer holds one of. */
export type PageItem<T> = T extends readonly (infer Item)[]
  ? Item
  : T extends { readonly items: readonly (infer Item)[] }
    ? Item
    : never;

/** The items of a page: a bare array, or the member `items`. */
export function itemsOf(data: unknown): unknown[] {
  if (Array.isArray(data)) return data;
  const { items } = (data ?? {}) as { readonly items?: unknown };
  if (!Array.isArray(items)) throw new TypeError('This operation answers no list');
  return items;
}

/** The query of the next page; `undefined` after the last. `Link` goes first, since it fixes where the list was begun. */
export function nextQueryOf(
  { data, headers }: Answered<unknown>,
  query: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const linked = /<([^>]*)>;\s*rel="next"/.exec(headers.get('link') ?? '')?.[1];
  if (linked !== undefined)
    return { ...query, ...Object.fromEntries(new URL(linked, 'http://any.invalid').searchParams) };
  if (Array.isArray(data)) return undefined;
  const { items, total, offset, pagination } = data as {
    readonly items: readonly unknown[];
    readonly total?: number;
    readonly offset?: number;
    readonly pagination?: { readonly page: number; readonly pages: number };
  };
  if (pagination !== undefined)
    return pagination.page < pagination.pages ? { ...query, page: pagination.page + 1 } : undefined;
  const next = (offset ?? 0) + items.length;
  return items.length > 0 && next < (total ?? 0) ? { ...query, offset: next } : undefined;
}
