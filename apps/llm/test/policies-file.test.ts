import { describe, expect, test } from '@jest/globals';
import { policiesFile } from '../src/policies/operator-policies.ts';

const words = { name: 'a', type: 'keyword', config: { words: ['x'] } };

describe('the list of policies', () => {
  test('names only what is not as usual, and leaves out what is switched off', () => {
    const { rules } = policiesFile.parse([
      { ...words, priority: 200 },
      { ...words, name: 'off', enabled: false },
      { ...words, name: 'b', action: 'block' },
    ]);
    expect(rules).toMatchObject([
      { name: 'b', action: 'block', priority: 100, config: { match: 'word', case_sensitive: false } },
      { name: 'a', action: 'flag', direction: 'both', severity: 'medium', scope: {} },
    ]);
  });

  test.each<[string, object]>([
    ['another type', { ...words, type: 'other' }],
    ['no words', { ...words, config: { words: [] } }],
    ['a pattern with look-around', { name: 'a', type: 'regex', config: { pattern: '(?=a)b' } }],
    ['a pattern with a back-reference', { name: 'a', type: 'regex', config: { pattern: String.raw`(a)\1` } }],
    ['a pattern that matches nothing at all', { name: 'a', type: 'regex', config: { pattern: 'a*' } }],
    ['a pattern that is too long', { name: 'a', type: 'regex', config: { pattern: 'a'.repeat(513) } }],
    ['an unknown entity', { name: 'a', type: 'pii', config: { entities: ['shoe_size'] } }],
    ['a bound of nothing', { name: 'a', type: 'limit', config: {} }],
    ['a model to be redacted', { name: 'a', type: 'model', config: { deny: ['*'] }, action: 'redact' }],
    ['a detector of others without an address', { name: 'a', type: 'external', config: {} }],
  ])('is refused with %s', (_, rule) => {
    expect(policiesFile.safeParse([rule]).success).toBe(false);
  });

  test('is bounded', () => {
    expect(policiesFile.safeParse(Array.from({ length: 101 }, () => words)).success).toBe(false);
  });
});
