import { describe, expect, test } from '@jest/globals';
import { lineOfText, lineOrNone } from './line-of-text.ts';

const name = lineOfText(20);
const accepted = (text: unknown): unknown => name.safeParse(text).data;

describe('a name', () => {
  test.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    ['  Ada\t', 'Ada'],
    ["O'Brien-Smith 3rd", "O'Brien-Smith 3rd"],
    ['Jose\u0301', 'José'],
    ['張偉', '張偉'],
    ['محمد', 'محمد'],
    ['می\u200cخواهم', 'می\u200cخواهم'],
    ['👩\u200d👩\u200d👧', '👩\u200d👩\u200d👧'],
    ['☕️', '☕️'],
    ['$', '$'],
    ['n'.repeat(20), 'n'.repeat(20)],
  ])('%j is kept as %j', (text, kept) => {
    expect(accepted(text)).toBe(kept);
  });

  test.each([
    ['nothing', ''],
    ['white space', ' \u00a0\u3000'],
    ['a zero-width space', '\u200b'],
    ['joiners only', '\u200d\u200c'],
    ['a byte order mark', '\ufeff'],
    ['a soft hyphen', '\u00ad'],
    ['a Hangul filler', '\u3164'],
    ['a blank Braille pattern', '\u2800'],
    ['a mark without a letter', '\u0301'],
    ['a zero-width space in it', 'ad\u200ba'],
    ['two lines', 'a\r\nb'],
    ['a line separator', 'a\u2028b'],
    ['a paragraph separator', 'a\u2029b'],
    ['a next-line control', 'a\u0085b'],
    ['an escape sequence', '\u001b[31mred'],
    ['a bell', 'a\u0007b'],
    ['NUL', 'a\u0000b'],
    ['a deleted character', 'a\u007fb'],
    ['a right-to-left override', '\u202egnp.exe'],
    ['an isolate', '\u2066a\u2069'],
    ['a right-to-left mark', 'a\u200fb'],
    ['an Arabic letter mark', 'a\u061cb'],
    ['hidden tags', 'a\u{e0041}\u{e0042}'],
    ['too much', 'n'.repeat(21)],
    ['a number', 7],
    ['null', null],
  ])('%s is none', (_what, text) => {
    expect(accepted(text)).toBeUndefined();
  });

  test('has one fault at a time', () => {
    expect(name.safeParse('').error?.issues).toHaveLength(1);
    expect(name.safeParse('\u200b'.repeat(30)).error?.issues).toHaveLength(1);
  });

  test('is as long as its composed form', () => {
    expect(accepted('e\u0301'.repeat(20))).toBe('é'.repeat(20));
  });
});

describe('a name that a provider gave', () => {
  test.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    ['a\r\nb', 'a b'],
    ['\u001b[31mred', '[31mred'],
    ['\u202eada', 'ada'],
    ['Jose\u0301', 'José'],
    ['n'.repeat(30), 'n'.repeat(20)],
    [`${'n'.repeat(19)}😀`, 'n'.repeat(19)],
    ['half \ud800', 'half \ufffd'],
  ])('%j becomes %j', (given, kept) => {
    expect(lineOrNone(given, 20)).toBe(kept);
    expect(accepted(lineOrNone(given, 20))).toBe(kept);
  });

  test.each(['', ' ', '\u200b', '\r\n', '\u3164', 7, null, undefined, {}])('%j is none', (given) => {
    expect(lineOrNone(given, 20)).toBeUndefined();
  });
});
