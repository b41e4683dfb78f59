import { expect, test } from '@jest/globals';
import { chargeFor, isMetered } from './charge.ts';

const HELD = 5;

test.each([
  [101, 5],
  [200, 5],
  [201, 5],
  [202, 5],
  [204, 5],
  [206, 5],
  [299, 5],
  [300, 0],
  [301, 0],
  [302, 0],
  [303, 0],
  [304, 0],
  [307, 0],
  [308, 0],
  [400, 0],
  [404, 0],
  [429, 0],
  [499, 0],
  [500, 0],
  [503, 0],
  [599, 0],
])('a %i is charged %i of 5', (status, amount) => {
  expect(chargeFor({ status, held: HELD, cost: undefined })).toEqual(
    amount === 0 ? { action: 'release' } : { action: 'settle', amount },
  );
});

test.each([
  ['GET', true],
  ['POST', true],
  ['PUT', true],
  ['PATCH', true],
  ['DELETE', true],
  ['HEAD', false],
  ['OPTIONS', false],
])('%s is metered: %s', (method, metered) => {
  expect(isMetered(method)).toBe(metered);
});
