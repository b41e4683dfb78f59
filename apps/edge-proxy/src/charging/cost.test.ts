import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCost } from './cost.ts';

describe('a cost in credits is read exactly, whatever its precision, and rounded up to a micro-credit', () => {
  test.each<[string, bigint]>([
    ['0', 0n],
    ['0.0', 0n],
    ['0e9', 0n],
    ['2', 2_000_000n],
    ['007', 7_000_000n],
    ['1.25', 1_250_000n],
    ['5.', 5_000_000n],
    ['.5', 500_000n],
    ['0.000001', 1n],
    ['0.0000001', 1n],
    ['1.0000001', 1_000_001n],
    ['2.3000000000000003', 2_300_001n],
    ['2.29999999999999982236431605997495353221893310546875', 2_300_000n],
    ['1e-05', 10n],
    ['1e-7', 1n],
    ['1e-400', 1n],
    ['1E2', 100_000_000n],
    ['1.5e+1', 15_000_000n],
    ['0.00012e3', 120_000n],
    ['123456789012345.678901', 123_456_789_012_345_678_901n],
    ['1e999999999999', 10n ** 30n],
    [`1${'0'.repeat(60_000)}`, 10n ** 30n],
    [' 2\t', 2_000_000n],
    ['2, 2 ,2', 2_000_000n],
  ])('%s', (text, micro) => {
    expect(parseCost(text)).toBe(micro);
  });

  test('any whole number of nano-credits', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 18n), (nano) => {
        const text = `${nano / 10n ** 9n}.${String(nano % 10n ** 9n).padStart(9, '0')}`;
        expect(parseCost(text)).toBe((nano + 999n) / 1_000n);
      }),
    );
  });
});

test.each([
  '',
  ' ',
  '.',
  '-1',
  '-0',
  '+1',
  'NaN',
  'Infinity',
  'cheap',
  '1 2',
  '1e',
  'e5',
  '0x10',
  '1_000',
  '1,5',
  '2, 3',
  '2,',
  '٣',
])('%j is no cost', (text) => {
  expect(parseCost(text)).toBeUndefined();
});
