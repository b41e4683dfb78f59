import { expect, test } from '@jest/globals';
import { publicLocation } from './location.ts';

const ADDRESSES = ['http://10.0.0.5:8090', 'https://flash.internal'];
const CLIENT = { address: '203.0.113.9', proto: 'https', host: 'api.example' };

test.each([
  ['http://10.0.0.5:8090/a?b=1#c', 'https://api.example/a?b=1#c'],
  ['HTTP://10.0.0.5:8090/%7Ea', 'https://api.example/%7Ea'],
  ['http://10.0.0.5:8090', 'https://api.example'],
  ['http://10.0.0.5:8090?q', 'https://api.example?q'],
  ['//10.0.0.5:8090/a', 'https://api.example/a'],
  ['https://FLASH.internal:443/a', 'https://api.example/a'],
  ['https://user@flash.internal/a', 'https://api.example/a'],
  ['http://10.0.0.5:8090/\xe9', 'https://api.example/\xe9'],
])("%s is the upstream's own, and becomes %s", (value, location) => {
  expect(publicLocation(value, ADDRESSES, CLIENT)).toBe(location);
});

test.each([
  '/a',
  '../a?b',
  '',
  'https://elsewhere.example/a',
  'http://10.0.0.5:8091/a',
  'https://10.0.0.5:8090/a',
  'http://flash.internal/a',
  'https://flash.internal.elsewhere.example/',
  'myapp://10.0.0.5:8090/a',
  'http://',
  '//',
])('%j passes as it is', (value) => {
  expect(publicLocation(value, ADDRESSES, CLIENT)).toBe(value);
});

test('a client that named no host gets the path alone', () => {
  const hostless = { ...CLIENT, host: '' };
  expect(publicLocation('http://10.0.0.5:8090/a', ADDRESSES, hostless)).toBe('/a');
  expect(publicLocation('http://10.0.0.5:8090', ADDRESSES, hostless)).toBe('/');
});
