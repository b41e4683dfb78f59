import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ceilCredits, floorCredits, parseCredits, toMicro } from './amounts.ts';

describe('whole credits and micro-credits', () => {
  /** Micro-credits → as a balance, as a charge. */
  test.each([
    [0n, 0, 0],
    [1n, 0, 1],
    [999_999n, 0, 1],
    [1_000_000n, 1, 1],
    [1_000_001n, 1, 2],
    [-1n, -1, 0],
    [-4_500_000n, -5, -4],
    [-5_000_000n, -5, -5],
    [999_999_999_999_999_999n, 999_999_999_999, 1_000_000_000_000],
  ])('%s micro: a balance of %s, a charge of %s', (micro, balance, charge) => {
    expect([floorCredits(micro), ceilCredits(micro)]).toEqual([balance, charge]);
  });

  test('whole credits survive both ways, and rounding never favours the reader', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), (credits) =>
        [floorCredits(toMicro(credits)), ceilCredits(toMicro(credits))].every((one) => one === credits),
      ),
    );
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
        (micro) => toMicro(floorCredits(micro)) <= micro && toMicro(ceilCredits(micro)) >= micro,
      ),
    );
  });
});

describe('decimal amounts of configuration files', () => {
  test.each([
    ['5', 5_000_000n],
    ['0.25', 250_000n],
    ['0.000001', 1n],
    ['12.5', 12_500_000n],
    ['0', 0n],
  ])('%s', (text, micro) => expect(parseCredits(text)).toBe(micro));

  test.each(['', '-1', '1e3', '1.', '.5', '0.0000001', '1,5', 'NaN', '12345678901', ' 5'])('%j is none', (text) =>
    expect(parseCredits(text)).toBeUndefined(),
  );
});
