import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemberWatch } from '../src/usage/member-watch.ts';

/** The watch after the bytes came in pieces of such a length. */
function watched(text: string, pieceBytes: number, ...members: string[]): MemberWatch {
  const watch = new MemberWatch(members);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) watch.push(bytes.subarray(at, at + pieceBytes));
  return watch;
}

test('reads the top-level members of any JSON object as JSON.parse does, wherever it is cut', () => {
  const names = fc.constantFrom('usage', 'model', 'data', 'a"b', 'ü');
  fc.assert(
    fc.property(
      fc.dictionary(names, fc.jsonValue()),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      (value, size, wide) => {
        const object = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
        const watch = watched(JSON.stringify(object, null, wide ? 2 : 0), size, 'usage', 'model', 'a"b');
        for (const name of ['usage', 'model', 'a"b'])
          expect(watch.get(name)).toEqual(Object.hasOwn(object, name) ? object[name] : undefined);
        expect(watch.get('data')).toBeUndefined();
      },
    ),
  );
});

test('what stands deeper, or in a text, is no member', () => {
  const text = JSON.stringify({ data: [{ usage: 1 }, '{"usage":2}'], text: '","usage":3,"', last: 1 });
  expect(watched(text, 7, 'usage').get('usage')).toBeUndefined();
});

test('a value that is too long is not kept, and the next one is read', () => {
  const watch = watched(JSON.stringify({ usage: 'x'.repeat(100_000), model: 'm' }), 1_000, 'usage', 'model');
  expect([watch.get('usage'), watch.get('model')]).toEqual([undefined, 'm']);
});
