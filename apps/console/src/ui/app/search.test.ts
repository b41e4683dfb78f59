import { expect, test } from '@jest/globals';
import { countOf, given, oneOf, onlyRead, textOf } from './search.ts';

test('what an address does not say rightly is left out', () => {
  expect(oneOf({ range: '7d' }, 'range', ['24h', '7d'])).toBe('7d');
  expect(oneOf({ range: '<img>' }, 'range', ['24h', '7d'])).toBeUndefined();
  expect(textOf({ status: 404 }, 'status')).toBe('404');
  expect([textOf({}, 'q'), textOf({ q: '' }, 'q'), textOf({ q: {} }, 'q')]).toEqual([undefined, undefined, undefined]);
  expect(textOf({ q: 'x'.repeat(500) }, 'q')).toHaveLength(128);
  expect([
    countOf({ offset: '50' }, 'offset'),
    countOf({ offset: -1 }, 'offset'),
    countOf({ offset: 'x' }, 'offset'),
  ]).toEqual([50, undefined, undefined]);
  expect(given({ a: 1, b: undefined })).toEqual({ a: 1 });
});

test('what a route cannot read does not reach its screen', () => {
  const read = onlyRead((search) => given({ range: oneOf(search, 'range', ['24h']) }));
  expect(read({ range: '24h', org: 'acme' })).toEqual({ range: '24h' });
  const address = { range: '<img>', other: 1, org: 'acme' };
  expect({ ...address, ...read(address) }).toEqual({ org: 'acme', range: undefined, other: undefined });
});
