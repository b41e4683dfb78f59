import { describe, expect, test } from '@jest/globals';
import { compilePattern, UnusablePattern } from '../src/patterns/program.ts';
import { keyword, pii, regex, rule, scan, secret } from './rules.ts';

const redacted = (text: string, ...detections: Parameters<typeof rule>[0][]) =>
  scan(
    detections.map((detection) => rule(detection)),
    [text],
  ).redacted;

describe('personal data', () => {
  test.each([
    ['email', 'to Ann.Lee+x@mail.example.co.uk, now', 'to [EMAIL], now'],
    ['email', 'jürgen@müller.example', '[EMAIL]'],
    ['email', 'no@address and @handle and a@b', 'no@address and @handle and a@b'],
    ['credit_card', 'pay 4111 1111 1111 1111.', 'pay [CREDIT_CARD].'],
    ['credit_card', 'pay 4111-1111-1111-1112.', 'pay 4111-1111-1111-1112.'],
    ['credit_card', 'order 1234 4111111111111111', 'order 1234 [CREDIT_CARD]'],
    ['credit_card', '0000000000000000', '0000000000000000'],
    ['iban', 'DE89 3704 0044 0532 0130 00 is mine', '[IBAN] is mine'],
    ['iban', 'GB82WEST12345698765432,', '[IBAN],'],
    ['iban', 'DE88 3704 0044 0532 0130 00', 'DE88 3704 0044 0532 0130 00'],
    ['us_ssn', 'SSN 536-90-4399', 'SSN [US_SSN]'],
    ['us_ssn', '666-12-3456 000-12-3456 123-00-4567', '666-12-3456 000-12-3456 123-00-4567'],
    ['phone', 'call +49 30 12345678 or (415) 555-2671', 'call [PHONE] or [PHONE]'],
    ['phone', 'on 2026-11-28 there were 12345 of 67890', 'on 2026-11-28 there were 12345 of 67890'],
    ['ip', 'from 203.0.113.9 and 2001:db8::7:1', 'from [IP] and [IP]'],
    ['ip', 'at 12:30:45, version 999.1.1.1, std::vector', 'at 12:30:45, version 999.1.1.1, std::vector'],
    ['mac', 'de:ad:be:ef:00:01', '[MAC]'],
    ['passport', 'Passport no. C01X00T47', '[PASSPORT]'],
    ['dob', 'born on 1 May 1980 in Rome', '[DOB] in Rome'],
  ] as const)('%s: %s', (entity, text, expected) => {
    expect(redacted(text, pii(entity))).toBe(expected);
  });

  test('what is too uncertain is left', () => {
    const sure = { type: 'pii' as const, config: { entities: ['phone' as const], min_confidence: 0.85 } };
    expect(redacted('+49 30 12345678, (415) 555-2671', sure)).toBe('[PHONE], (415) 555-2671');
  });
});

describe('secrets', () => {
  test.each([
    ['api_key', `sk-proj-${'aB3'.repeat(12)}`, '[API_KEY]'],
    ['api_key', 'a task-force is no key', 'a task-force is no key'],
    ['aws', 'AKIAIOSFODNN7EXAMPLE', '[AWS_ACCESS_KEY]'],
    ['gcp', `AIza${'x'.repeat(35)}`, '[GOOGLE_API_KEY]'],
    ['github', `ghp_${'a1'.repeat(18)}`, '[GITHUB_TOKEN]'],
    ['jwt', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', '[JWT]'],
    ['password_assignment', 'password = Tr0ub4dor&3!', '[PASSWORD_ASSIGNMENT]'],
    ['password_assignment', 'password: aaaaaaaaaa', 'password: aaaaaaaaaa'],
  ] as const)('%s: %s', (kind, text, expected) => {
    expect(redacted(text, secret(kind))).toBe(expected);
  });

  test('a private key is found whole, and so is one that breaks off', () => {
    const lines = Array.from({ length: 50 }, (_, index) => String(index).padStart(2, '0').repeat(32)).join('\n');
    const head = '-----BEGIN RSA PRIVATE KEY-----\n';
    expect(redacted(`${head}${lines}\nab=\n-----END RSA PRIVATE KEY-----\nbye`, secret('private_key'))).toBe(
      '[PRIVATE_KEY]\nbye',
    );
    expect(redacted(`see ${head}${lines}`, secret('private_key'))).toBe('see [PRIVATE_KEY]');
  });
});

describe('keywords', () => {
  test.each([
    ['The Forbidden word', 'The [REDACTED] word'],
    ['unforbidden forbiddens', 'unforbidden forbiddens'],
    ['ｆｏｒｂｉｄｄｅｎ', '[REDACTED]'],
    ['for\u200bbid\u00adden', '[REDACTED]'],
    ['top\nsecret', '[REDACTED]'],
    ['ete\u0301 \u00e9t\u00e9 e\u0301te\u0301', 'ete\u0301 [REDACTED] [REDACTED]'],
  ])('as words: %j', (text, expected) => {
    expect(redacted(text, keyword(['forbidden', 'top secret', 'été']))).toBe(expected);
  });

  test('anywhere, and with their case', () => {
    expect(redacted('unforbidden', keyword(['forbid'], { match: 'substring' }))).toBe('un[REDACTED]den');
    expect(redacted('Atlas atlas', keyword(['Atlas'], { case_sensitive: true }))).toBe('[REDACTED] atlas');
  });

  test('overlapping ones are replaced together', () => {
    expect(redacted('a new york times b', keyword(['new york', 'york times']))).toBe('a [REDACTED] b');
  });
});

describe('precedence', () => {
  test('the rule of the lower priority names what several redact', () => {
    const rules = [rule(pii('email')), rule(regex('[a-z]+@acme[.]example'), { priority: 1 })];
    expect(scan(rules, ['ann@acme.example bob@other.example']).redacted).toBe('[REDACTED] [EMAIL]');
  });

  test('the first rule that blocks names the refusal, whatever redacts before it', () => {
    const rules = [
      rule(keyword(['secret']), { priority: 1 }),
      rule(keyword(['secret']), { action: 'block', priority: 9, name: 'late' }),
      rule(keyword(['secret']), { action: 'block', priority: 5, name: 'early' }),
    ];
    expect(scan(rules, ['a secret']).blockedBy).toBe('early');
  });
});

describe('patterns that cannot be used', () => {
  test.each([
    '(?=a)',
    '(?<!a)b',
    String.raw`(a)\1`,
    '(',
    'a*',
    'a|',
    '(?:a{1000}){1000}',
    'x{900}y{900}z{900}w{900}v{900}',
  ])('%s', (pattern) => {
    expect(() => compilePattern(pattern, false)).toThrow(UnusablePattern);
  });
});

test('a pattern that backtracking engines never come to the end of takes time by the length of the text', () => {
  const text = `${'a'.repeat(100_000)}b`;
  expect(scan([rule(regex('(a+)+$'))], [text]).found).toEqual([]);
  expect(scan([rule(regex('(a+)+b'))], [text]).found).toMatchObject([{ count: 1 }]);
});

test('of a match that is too long the end is found', () => {
  const { found, redacted: left } = scan([rule(regex('begin.*end'))], [`begin${'x'.repeat(2_000)}end`]);
  expect(found).toMatchObject([{ count: 1 }]);
  expect(left).toBe(`${`begin${'x'.repeat(2_000)}end`.slice(0, -1_024)}[REDACTED]`);
});
