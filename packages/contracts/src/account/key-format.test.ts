import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { API_KEY_RANDOM_CHARS, base62Digits, composeApiKey, isWellFormedApiKey } from './key-format.ts';

function randomDigits(): string {
  return base62Digits(randomBytes(200)).slice(0, API_KEY_RANDOM_CHARS);
}

describe('API key format', () => {
  test('a composed key is well formed and has the published pattern', () => {
    for (let round = 0; round < 500; round += 1) {
      const key = composeApiKey('live', randomDigits());
      expect(key).toMatch(/^sk_live_[0-9A-Za-z]{36}$/);
      expect(isWellFormedApiKey(key)).toBe(true);
    }
  });

  test('a key may be spelled with dashes, with a checksum of its own; never with both', () => {
    const key = composeApiKey('prod', randomDigits(), '-');
    expect(key).toMatch(/^sk-prod-[0-9A-Za-z]{36}$/);
    expect([key, key.replaceAll('-', '_'), key.replace('-', '_')].map(isWellFormedApiKey)).toEqual([
      true,
      false,
      false,
    ]);
    expect(composeApiKey('prod', 'abcdefghijklmnopqrstuvwxyzABCD', '-')).toBe(
      'sk-prod-abcdefghijklmnopqrstuvwxyzABCD4GBHwQ',
    );
  });

  test('the checksum of a known key stays what scanners were told', () => {
    expect(composeApiKey('test', '000000000000000000000000000000')).toBe(
      'sk_test_0000000000000000000000000000002OMZgq',
    );
    expect(composeApiKey('live', 'abcdefghijklmnopqrstuvwxyzABCD')).toBe(
      'sk_live_abcdefghijklmnopqrstuvwxyzABCD47jjTd',
    );
  });

  test('a changed character anywhere fails the checksum', () => {
    const key = composeApiKey('live', randomDigits());
    for (let place = 'sk_live_'.length; place < key.length; place += 1) {
      const other = key[place] === 'x' ? 'y' : 'x';
      expect(isWellFormedApiKey(key.slice(0, place) + other + key.slice(place + 1))).toBe(false);
    }
    expect(isWellFormedApiKey(key.replace('sk_live_', 'sk_test_'))).toBe(false);
  });

  test.each([
    '',
    'sk_',
    'sk_live_',
    'sk_live_short',
    'pk_live_' + '0'.repeat(36),
    'sk_live_' + '-'.repeat(36),
    'sk_LIVE_' + '0'.repeat(36),
  ])('a text of another form is refused: %j', (text) => {
    expect(isWellFormedApiKey(text)).toBe(false);
  });

  test('a key with anything before or after it is refused', () => {
    const key = composeApiKey('live', randomDigits());
    expect(isWellFormedApiKey(`${key}\n`)).toBe(false);
    expect(isWellFormedApiKey(` ${key}`)).toBe(false);
    expect(isWellFormedApiKey(`${key}0`)).toBe(false);
  });

  test('every base62 digit is equally likely: bytes above the last whole multiple give none', () => {
    const digits = base62Digits(Uint8Array.from({ length: 256 }, (_value, byte) => byte));
    expect(digits).toHaveLength(248);
    expect(new Set(digits).size).toBe(62);
    for (const digit of new Set(digits)) expect(digits.split(digit)).toHaveLength(5);
  });
});
