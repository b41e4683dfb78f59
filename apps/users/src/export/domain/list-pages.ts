/** Rows asked for at once. */
const PAGE_ROWS = 100;
/** Most pages of one list; an end for a backend that ignores `offset`. */
const PAGES_MAX = 10_000;

export interface ListPage {
  readonly items: readonly unknown[];
}

/** Reads the first page now, so that a list that cannot be read is known before anything is sent; the rest follows as it is wanted. */
export async function pagesOf(
  read: (limit: number, offset: number) => Promise<ListPage>,
): Promise<AsyncIterable<unknown>> {
  const first = await read(PAGE_ROWS, 0);
  return rowsFrom(first, read);
}

async function* rowsFrom(
  first: ListPage,
  read: (limit: number, offset: number) => Promise<ListPage>,
): AsyncGenerator<unknown> {
  let page = first;
  for (let number = 1; ; number += 1) {
    yield* page.items;
    if (page.items.length < PAGE_ROWS) return;
    if (number === PAGES_MAX) throw new Error('a list does not end');
    page = await read(PAGE_ROWS, number * PAGE_ROWS);
  }
}
