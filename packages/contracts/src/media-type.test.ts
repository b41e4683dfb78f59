import { describe, expect, test } from '@jest/globals';
import { utf8MediaType } from './media-type.ts';

describe('read as UTF-8 by everyone', () => {
  test.each([
    ['application/json', 'application/json'],
    ['Application/JSON;Charset=UTF-8', 'application/json'],
    ['application/json ; charset="utf-8"', 'application/json'],
    ['application/json; version=1; charset=utf-8; profile="a;b\\"c"', 'application/json'],
    ['application/vnd.api+json', 'application/vnd.api+json'],
  ])('%s', (header, type) => {
    expect(utf8MediaType(header)).toBe(type);
  });
});

describe('read otherwise by some', () => {
  test.each([
    'application/json; charset=utf-7',
    'application/json; charset=utf-16',
    'application/json; charset=utf8',
    'application/json; charset=iso-8859-1',
    'application/json; charset=',
    'application/json; charset',
    "application/json; charset='utf-8'",
    'application/json; charset="utf\\-8"',
    "application/json; charset*=utf-8''utf-7",
    'application/json; charset=utf-8; charset=utf-8',
    'application/json; charset=utf-8; CHARSET=utf-7',
    'application/json; charset =utf-7',
    'application/json; charset= utf-7',
    'application/json; x="; charset=utf-7',
    'application/json, application/json; charset=utf-7',
    'application/json;',
    'application/json;; charset=utf-8',
    'application/json charset=utf-8',
    'application /json',
    'json',
    '',
  ])('%s', (header) => {
    expect(utf8MediaType(header)).toBeUndefined();
  });
});

test('no length of a header takes long to read', () => {
  expect(utf8MediaType(`application/json${'; a="\\'.repeat(5_000)}`)).toBeUndefined();
  expect(utf8MediaType(`application/json${' \t'.repeat(8_000)}x`)).toBeUndefined();
});
