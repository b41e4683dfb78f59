import { expect, test } from '@jest/globals';
import { isMetered, isSuccess } from './charge.ts';

test.each([101, 200, 201, 202, 204, 206, 299])('a %i is charged', (status) => {
  expect(isSuccess(status)).toBe(true);
});

test.each([300, 301, 302, 303, 304, 307, 308, 400, 404, 429, 499, 500, 503, 599])('a %i costs nothing', (status) => {
  expect(isSuccess(status)).toBe(false);
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
