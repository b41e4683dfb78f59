import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseTarget, withoutParameters } from './request-target.ts';

describe('accepted targets keep their bytes', () => {
  const same = [
    '/',
    '/health',
    '/api/v1/timepoints/generate/sync',
    '/auth/api-keys/',
    '/api/v1/moments/1969/apollo-11?x=1&y=%2F..%2f//',
    '/a/%C3%A9/%20b;c=1,d@e:f',
    '/a/..b/...c/.d',
    '/a/[1]|^~',
    '/a?',
    '/a?next=/../b&é'.replace('é', '\xc3\xa9'),
  ];
  test.each(same)('%s', (raw) => {
    const target = parseTarget(raw);
    expect('path' in target && target.path + target.query).toBe(raw);
  });
});

describe('the path to match', () => {
  test.each([
    ['/API/v1/Timepoints/', '/api/v1/timepoints'],
    ['/api/%76%31/%67enerate', '/api/v1/generate'],
    ['/api/%47ENERATE', '/api/generate'],
    ['/', '/'],
  ])('%s is matched as %s', (raw, matchPath) => {
    expect(parseTarget(raw)).toMatchObject({ matchPath });
  });

  test('only the path to match is decoded: what is forwarded stays as it was sent', () => {
    expect(parseTarget('/a/%67%7Eb%2d%5F/%c3%a9%20')).toMatchObject({
      path: '/a/%67%7Eb%2d%5F/%c3%a9%20',
      matchPath: '/a/g~b-_/%c3%a9%20',
    });
  });
});

test.each([
  ['/a/b;v=1/c;x;y', '/a/b/c'],
  ['/a/b%3bv=1', '/a/b'],
  ['/a/;/b', '/a//b'],
  ['/a/b', undefined],
])('%s without its parameters is %s', (matchPath, plain) => {
  expect(withoutParameters(matchPath)).toBe(plain);
});

describe('refused targets', () => {
  test.each([
    ['absolute form', 'http://example.com/health'],
    ['authority form', 'example.com:443'],
    ['asterisk form', '*'],
    ['empty', ''],
    ['parent segment', '/api/../internal'],
    ['parent segment at the end', '/api/..'],
    ['current segment', '/api/./v1'],
    ['encoded parent', '/api/%2e%2e/internal'],
    ['half-encoded parent', '/api/.%2E/internal'],
    ['parent with a matrix parameter', '/api/..;a=b/internal'],
    ['encoded parent with a matrix parameter', '/api/%2e%2e;/internal'],
    ['double slash at the start', '//internal/auth'],
    ['double slash in the middle', '/api//v1'],
    ['double slash at the end', '/api//'],
    ['encoded slash', '/api%2fv1'],
    ['encoded slash, upper case', '/api%2Fv1'],
    ['backslash', '/api\\v1'],
    ['encoded backslash', '/api%5cv1'],
    ['NUL', '/api/%00'],
    ['encoded line feed', '/api/%0a'],
    ['encoded DEL', '/api/%7f'],
    ['double-encoded parent', '/api/%252e%252e/internal'],
    ['double-encoded slash', '/api%252finternal'],
    ['triple-encoded', '/api%25252finternal'],
    ['overlong UTF-8 slash', '/api%c0%afinternal'],
    ['overlong UTF-8 dot', '/api/%c0%ae%c0%ae/internal'],
    ['truncated triplet', '/api/%4'],
    ['not hexadecimal', '/api/%zz'],
    ['IIS %u encoding', '/api/%u002e'],
    ['raw byte past ASCII', '/api/\xe9'],
    ['fragment', '/api#x'],
    ['fragment in the query', '/api?x#y'],
    ['space in the query', '/api?x y'],
  ])('%s', (_name, raw) => {
    expect(parseTarget(raw)).toHaveProperty('fault');
  });
});

test('whatever is accepted resolves to itself in a URL parser, and stays accepted', () => {
  const piece = fc.constantFrom(
    '/',
    '.',
    '..',
    '%2e',
    '%2F',
    '%41',
    '%25',
    '%c3%a9',
    'a',
    ';',
    '\\',
    '//',
    '%5c',
    '2e',
    '~',
    '?',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const target = parseTarget(`/${pieces.join('')}`);
      if (!('path' in target)) return;
      expect(new URL(`http://h${target.path}`).pathname).toBe(target.path);
      expect(parseTarget(target.path)).toMatchObject({ path: target.path });
    }),
    { numRuns: 2_000 },
  );
});
