import { expect, test } from '@jest/globals';
import { addressClassOf } from './address-class.ts';

test.each([
  ['http://127.0.0.1:8090', 'loopback'],
  ['http://localhost:8090', 'loopback'],
  ['http://[::1]:8090', 'loopback'],
  ['http://10.0.0.4', 'private'],
  ['http://172.31.0.1', 'private'],
  ['http://172.32.0.1', 'public'],
  ['http://[fd00::1]', 'private'],
  ['https://203.0.113.9', 'public'],
  ['https://reports.example', 'name'],
])('%s is %s', (origin, expected) => {
  expect(addressClassOf(origin)).toBe(expected);
});
