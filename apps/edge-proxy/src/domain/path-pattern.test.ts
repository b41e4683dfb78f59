import { describe, expect, test } from '@jest/globals';
import { compilePattern } from './path-pattern.ts';

describe('what a pattern matches', () => {
  test.each<[string, string, boolean]>([
    ['/a/b', '/a/b', true],
    ['/A/b/', '/a/b', true],
    ['/a/b', '/a/b/c', false],
    ['/a/:id', '/a/1', true],
    ['/a/{id}', '/a/1', true],
    ['/a/:id', '/a', false],
    ['/a/:id', '/a/1/2', false],
    ['/a/*', '/a', true],
    ['/a/*', '/a/b/c', true],
    ['/a/*', '/ab', false],
    ['/a/**/chat', '/a/chat', true],
    ['/a/**/chat', '/a/b/c/chat', true],
    ['/a/**/chat', '/a/b/chat/c', false],
    ['/a.b/c', '/axb/c', false],
    ['/', '/', true],
    ['/', '/a', false],
  ])('%s and %s: %s', (pattern, path, matches) => {
    expect(compilePattern(pattern).regex.test(path)).toBe(matches);
  });
});

test('a more exact pattern has the higher rank', () => {
  const ordered = ['/a/b/c', '/a/b/:id', '/a/b', '/a/b/*', '/a/:x/c', '/a/**/c', '/a/*'];
  const byRank = ordered.toSorted((a, b) => (compilePattern(a).rank < compilePattern(b).rank ? 1 : -1));
  const position = (pattern: string): number => byRank.indexOf(pattern);
  expect(position('/a/b/c')).toBeLessThan(position('/a/b/:id'));
  expect(position('/a/b/:id')).toBeLessThan(position('/a/b/*'));
  expect(position('/a/b')).toBeLessThan(position('/a/b/*'));
  expect(position('/a/b/*')).toBeLessThan(position('/a/:x/c'));
  expect(position('/a/**/c')).toBeLessThan(position('/a/*'));
});

test.each(['a/b', '/a//b', '/a/*/b', '/a/:1x', '/a/b*', '/a b'])('%s is no pattern', (pattern) => {
  expect(() => compilePattern(pattern)).toThrow(/path pattern/);
});
