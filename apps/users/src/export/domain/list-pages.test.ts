import { expect, test } from '@jest/globals';
import { pagesOf } from './list-pages.ts';

async function rowsOf(rows: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

test.each([0, 1, 99, 100, 101, 250])('a list of %d rows is read whole', async (total) => {
  const rows = Array.from({ length: total }, (_value, index) => index);
  const read = async (limit: number, offset: number) => ({ items: rows.slice(offset, offset + limit) });
  expect(await rowsOf(await pagesOf(read))).toEqual(rows);
});

test('a list that cannot be read says so before its first row', async () => {
  const read = async () => {
    throw new Error('down');
  };
  await expect(pagesOf(read)).rejects.toThrow('down');
});

test('a list that never ends is given up', async () => {
  const page = { items: Array.from({ length: 100 }, () => null) };
  await expect(rowsOf(await pagesOf(async () => page))).rejects.toThrow('does not end');
});
