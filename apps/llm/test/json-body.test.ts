import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JsonBody, UnreadableBody } from '../src/requests/json-body.ts';

const body = (text: string): JsonBody => new JsonBody(Buffer.from(text));

test('reads the top-level members of any JSON object as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.boolean(), (value, spaced) => {
      // JSON.stringify may write a name twice only where the object has it once.
      const text = JSON.stringify(value, undefined, spaced ? 2 : 0);
      const read = body(text);
      const same = Object.entries(JSON.parse(text) as object).every(
        ([name, each]) => JSON.stringify(read.get(name)) === JSON.stringify(each),
      );
      return same;
    }),
  );
});

test('sets one member and leaves all other bytes as they were', () => {
  const before = '{ "a": 1.0000000000000000001, "stream_options" : {"x":1} ,"z":"\\u00e9é"}';
  expect(body(before).with('stream_options', { include_usage: true }).toString()).toBe(
    '{ "a": 1.0000000000000000001, "stream_options" : {"include_usage":true} ,"z":"\\u00e9é"}',
  );
  expect(body('{"a":1}').with('b', 2).toString()).toBe('{"b":2,"a":1}');
  expect(body('{}').with('b', 2).toString()).toBe('{"b":2}');
});

describe('what another server could read otherwise is refused', () => {
  test.each([
    ['a member twice', '{"model":"cheap","model":"dear"}'],
    ['a member twice, once escaped', '{"model":"cheap","m\\u006fdel":"dear"}'],
    ['a byte order mark', '\uFEFF{"model":"m"}'],
    ['an array', '[{"model":"m"}]'],
    ['a string', '"model"'],
    ['nothing', ''],
    ['two values', '{"model":"m"}{"model":"n"}'],
    ['brackets that do not match', '{"a":[1},"model":"m"]}'],
    ['an object that does not end', '{"model":"m"'],
    ['a string that does not end', '{"model":"m'],
    ['a missing comma', '{"a":1 "model":"m"}'],
    ['a number that is none', '{"a":01}'],
    ['nesting without end', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ])('%s', (_name, text) => expect(() => body(text)).toThrow(UnreadableBody));

  test('bytes that are no UTF-8', () => {
    expect(() => new JsonBody(Buffer.from('{"a":"\xff"}', 'latin1'))).toThrow(UnreadableBody);
  });

  test.each(['__proto__', 'constructor', 'toString'])('a member named %s is a member like any other', (name) => {
    expect(body(`{"${name}":"x"}`).get(name)).toBe('x');
    expect(body('{}').get(name)).toBeUndefined();
  });
});

test('images that are named by their addresses are counted, in the forms of all vendors', () => {
  const url = 'https://images.example/cat.png';
  const parts = [
    { type: 'image_url', image_url: { detail: 'low', url } },
    { type: 'input_image', image_url: url },
    { type: 'image', source: { type: 'url', url } },
    { fileData: { mimeType: 'image/png', fileUri: url } },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,aGVsbG8=' } },
  ];
  const others = [{ type: 'text', text: url }, { annotations: [{ url }] }];
  expect(body(JSON.stringify({ messages: [{ content: [...parts, ...others] }] })).links).toBe(parts.length);
});

test('media in base64 is no text', () => {
  const image = `data:image/png;base64,${'A'.repeat(100_000)}`;
  const read = body(JSON.stringify({ messages: [{ content: [{ text: 'What is this?' }, { url: image }] }] }));
  expect(read.media).toEqual([image.length]);
  expect(read.textBytes).toBeLessThan(100);
  expect(body(JSON.stringify({ input: 'A long text. '.repeat(1_000) })).media).toEqual([]);
});
