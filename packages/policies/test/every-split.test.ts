import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { keyword, pii, regex, rule, scan, secret } from './rules.ts';

const RULES = [
  rule(pii('email', 'credit_card', 'iban', 'phone', 'us_ssn', 'ip', 'mac', 'dob', 'passport')),
  rule(secret('api_key', 'jwt', 'private_key', 'github', 'aws', 'password_assignment')),
  rule(keyword(['forbidden', 'top secret', 'été'])),
  rule(keyword(['leak'], { match: 'substring' }), { priority: 1 }),
  rule(keyword(['Codename'], { case_sensitive: true }), { action: 'flag' }),
  rule(regex(String.raw`<s>.*?</s>|ab+c?`, 'i')),
  rule(regex(String.raw`\bproject-[0-9]{2,4}\b`)),
];

const PIECES = [
  'user@example.com',
  'a.b+c@mail.example.co.uk.',
  '4111 1111 1111 1111',
  '4111-1111-1111-1112',
  'DE89 3704 0044 0532 0130 00',
  '+49 30 123456-78',
  '(415) 555-2671',
  '536-90-4399',
  '192.168.0.1',
  '2001:db8::1',
  'de:ad:be:ef:00:01',
  'born on 1 May 1980',
  'sk-proj-abcdefghijklmnopqrstuvwxyz012345',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijk',
  '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nabc=\n-----END PRIVATE KEY-----',
  'ghp_abcdefghijklmnopqrstuvwxyz0123456789',
  'password: hunter2hunter3',
  'forbidden',
  'ｆｏｒ\u200bbidden',
  'TOP  SECRET',
  'Top Secret',
  'e\u0301te\u0301',
  'leakleaks',
  'Codename',
  '<s>x</s>',
  '<S>',
  '</s>',
  'abbb',
  'project-123',
  '😀',
  '\ud83d',
  '"',
  '\\u0041\\n',
  '{"a":1,',
  '12345',
  '-4111111111111111',
  ' ',
  ',',
  '\n',
  'x',
  '.',
  '@',
];
const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((pieces) => pieces.join(''));

/** A text and its pieces for any set of cuts. */
const cutText = fc.tuple(text, fc.array(fc.nat(400), { maxLength: 8 })).map(([whole, cuts]) => {
  const places = [0, ...cuts.filter((cut) => cut < whole.length).toSorted((a, b) => a - b), whole.length];
  return { whole, pieces: places.slice(1).map((end, index) => whole.slice(places[index], end)) };
});

describe.each(['plain', 'json'] as const)('a text read as %s', (form) => {
  test('has the same findings and the same redacted text however it is cut', () => {
    fc.assert(
      fc.property(cutText, ({ whole, pieces }) => {
        const { taken: _, ...expected } = scan(RULES, [whole], form);
        expect(scan(RULES, pieces, form)).toMatchObject(expected);
      }),
      { numRuns: 200 },
    );
  });

  test('is the same when it comes character by character', () => {
    fc.assert(
      fc.property(text, (whole) => {
        const { taken: _, ...expected } = scan(RULES, [whole], form);
        expect(scan(RULES, whole.split(''), form)).toMatchObject(expected);
      }),
      { numRuns: 60 },
    );
  });
});

test('a text without anything forbidden comes out as it went in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (whole) => {
      const rules = [rule(keyword(['zzzzzz'])), rule(regex('qqqq+q'))];
      expect(scan(rules, whole.split(''), 'plain').redacted).toBe(whole);
      expect(scan(rules, whole.split(''), 'json').redacted).toBe(whole);
    }),
  );
});

test('nothing of a match is let go before the match is complete', () => {
  const { taken } = scan([rule(pii('email'))], ['Write to user@exa', 'mple.com', ' today.']);
  expect(taken).toEqual(['Write to ', '', '[EMAIL] ', 'today.']);
});

test('what cannot become a match any more is let go at once', () => {
  const { taken } = scan([rule(keyword(['forbidden word']))], ['a for', 'bid', ' forb', 'idden work', ' x']);
  expect(taken).toEqual(['a ', '', 'forbid ', 'forbidden work', ' x', '']);
});

describe('regular expressions match what RE2 matches', () => {
  const pattern = fc.constantFrom(
    'a+b',
    '(a|ab)(c|bcd)(d*)',
    'a.*?b',
    'a.*b|a',
    String.raw`\bab\b`,
    String.raw`\Bb+`,
    '^a|b$',
    '(?m)^a.|b$',
    '(?s)a.b',
    '[^a]b',
    '(?i)AB+',
    'a{2,3}',
    '(?:a|b){3}c?',
    'é|a\u0301',
    'b+?',
  );
  const input = fc.array(fc.constantFrom('a', 'b', 'A', 'c', ' ', '\n', 'é', '_', 'd'), { maxLength: 40 });

  test('leftmost, preferring as Perl does, without overlaps', () => {
    fc.assert(
      fc.property(pattern, input, (source, characters) => {
        const whole = characters.join('');
        const matcher = RE2JS.compile(source).matcher(whole);
        const expected: number[][] = [];
        while (matcher.find() && expected.length < 20) expected.push([matcher.start(), matcher.end()]);
        const { found } = scan([rule(regex(source))], characters);
        expect(found.flatMap(({ matches }) => matches.map(({ start, end }) => [start, end]))).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});
