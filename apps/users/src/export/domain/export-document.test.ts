import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arrayMember, joinMembers, membersOf, type DocumentPart } from './export-document.ts';

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** A text cut at the given places. */
function cut(text: string, places: readonly number[]): AsyncIterable<string> {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  const starts = [0, ...ends];
  return Readable.from(starts.map((start, index) => text.slice(start, ends[index] ?? text.length)));
}

test('objects in any pieces become one object with the members of all', async () => {
  const anObject = fc.dictionary(fc.string(), fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(anObject, fc.array(fc.nat()), fc.constantFrom('', ' ', '\n')), { maxLength: 4 }),
      async (given) => {
        // Names are made unique, as sections of services are.
        const objects = given.map(([object], part) =>
          Object.fromEntries(Object.entries(object).map(([name, value]) => [`${part} ${name}`, value])),
        );
        const parts = objects.map((object, part): DocumentPart => {
          const blank = given[part]?.[2] ?? '';
          return () => membersOf(cut(`${blank}${JSON.stringify(object)}${blank}`, given[part]?.[1] ?? []));
        });
        expect(JSON.parse(await textOf(joinMembers(parts)))).toEqual(
          JSON.parse(JSON.stringify(Object.assign({}, ...objects))),
        );
      },
    ),
  );
});

describe('what is not a whole object is refused', () => {
  test.each(['', ' ', '[]', 'null', '{"a":[1', '{"a":1', '{', '{"a":"}"'])('%j', async (text) => {
    await expect(textOf(membersOf(Readable.from([text])))).rejects.toThrow(/an export/);
  });
});

test('rows become an array member', async () => {
  expect(JSON.parse(`{${await textOf(arrayMember('a "b"', Readable.from([{ c: 1 }, 2])))}}`)).toEqual({
    'a "b"': [{ c: 1 }, 2],
  });
  expect(await textOf(arrayMember('none', Readable.from([])))).toBe('"none":[]');
});
