import { expect, test } from '@jest/globals';
import { isOwnCookie, withoutOwnCookies } from './own-cookies.ts';

test.each([
  ['turnpike-sign-in-google-0123=v', true],
  ['__Host-turnpike-sign-in-apple-0123=v; Path=/; Secure', true],
  [' __host-TURNPIKE-sign-in-apple-0123=v', true],
  ['=turnpike-sign-in-google-0123=v', true],
  ['theme=turnpike-sign-in-google-0123', false],
  ['my-turnpike-sign-in-google=v', false],
])('%j is a cookie of ours: %s', (text, own) => {
  expect(isOwnCookie(text)).toBe(own);
});

test.each([
  ['a=1; turnpike-sign-in-google-0=x; b=2', ['Cookie', 'a=1; b=2']],
  ['__Host-turnpike-sign-in-apple-0=x; b=2', ['Cookie', 'b=2']],
  ['turnpike-sign-in-google-0=x;turnpike-sign-in-github-1=y', []],
])('Cookie: %s', (cookie, others) => {
  expect(withoutOwnCookies(['A', 'b', 'Cookie', cookie, 'C', 'd'])).toEqual(['A', 'b', ...others, 'C', 'd']);
});

test('other cookies pass byte for byte, in every line', () => {
  const list = ['cookie', 'a=1;b="2 3" ;  c', 'COOKIE', 'd=;', 'X', 'turnpike-sign-in-google-0=x'];
  expect(withoutOwnCookies(list)).toBe(list);
});
