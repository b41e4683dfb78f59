import { expect, test } from '@jest/globals';
import { chosenSlug, numberedSlug, SLUG_CHARS_MAX, slugFault, slugFromName } from './slugs.ts';

test.each([
  'ab',
  'a'.repeat(SLUG_CHARS_MAX + 1),
  '12345',
  '1acme',
  'a--b',
  'acme-',
  '-acme',
  'Acme',
  'a_b',
  'a.b',
  'a b',
  // Cyrillic А.
  '\u0410cme',
  'xn--80ak6aa92e',
  'a1b2c3d4-0000-4000-8000-000000000000',
])('%p is no slug', (slug) => {
  expect(slugFault(slug)).toBe('invalid');
});

test.each(['api', 'admin', 'trueportai-services', 'billing', 'test', 'null', 'me'])('%p is reserved', (slug) => {
  expect(slugFault(slug)).toBe('reserved');
});

test.each(['abc', 'acme', 'a-b', 'acme-2', `a${'b'.repeat(SLUG_CHARS_MAX - 1)}`])('%p may be taken', (slug) => {
  expect(slugFault(slug)).toBeUndefined();
});

test('a chosen slug is lowered and trimmed, and nothing else is changed for the caller', () => {
  expect(chosenSlug.parse(' AcMe ')).toBe('acme');
  expect(chosenSlug.safeParse('Ačme').success).toBe(false);
  expect(chosenSlug.safeParse('admin').success).toBe(false);
});

test.each([
  ['Acme Corp', 'acme-corp'],
  ['  Žluťoučký kůň & Söhne GmbH ', 'zlutoucky-kun-sohne-gmbh'],
  ['42 Ltd.', 'ltd'],
  ['東京', undefined],
  ['Admin', 'admin'],
  ['x'.repeat(100), 'x'.repeat(SLUG_CHARS_MAX)],
])('a name %p proposes %p', (name, slug) => {
  expect(slugFromName(name)).toBe(slug);
});

test('alternatives are slugs as well', () => {
  expect(numberedSlug('acme', 2)).toBe('acme-2');
  const longest = numberedSlug(`a${'b'.repeat(SLUG_CHARS_MAX - 1)}`, 12);
  expect(longest).toHaveLength(SLUG_CHARS_MAX);
  expect(slugFault(longest)).toBeUndefined();
});
