import { describe, expect, test } from '@jest/globals';
import { keyBoundsOf, mayUseFrom } from './key-bounds.ts';

describe('a key with a list of addresses', () => {
  const bounds = keyBoundsOf({
    allowed_ips: ['203.0.113.0/24', '198.51.100.7', '2001:db8::/32', '::ffff:192.0.2.0/120', '0.0.0.0/32'],
  });
  test.each([
    ['203.0.113.255', true],
    ['203.0.114.0', false],
    ['198.51.100.7', true],
    ['198.51.100.8', false],
    ['2001:db8:ffff::1', true],
    ['2001:db9::1', false],
    ['::ffff:203.0.113.9', true],
    ['192.0.2.200', true],
    ['192.0.3.1', false],
    ['::1', false],
    ['unknown', false],
    ['', false],
  ])('may be used from %j: %s', (address, may) => {
    expect(mayUseFrom(bounds, address)).toBe(may);
  });

  test('and one without may be used from anywhere', () => {
    const anywhere = keyBoundsOf({ tokens_per_minute: 5 });
    expect([mayUseFrom(anywhere, 'unknown'), anywhere.json]).toEqual([true, '{"tokens_per_minute":5}']);
  });
});
