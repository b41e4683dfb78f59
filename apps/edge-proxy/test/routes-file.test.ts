import { describe, expect, test } from '@jest/globals';
import { compilePattern } from '../src/domain/path-pattern.ts';
import { checkRoutesFile } from '../src/routing/check-routes-file.ts';
import { upstreamsOf } from '../src/routing/compile-routes-file.ts';
import { readRoutesFile, RoutesFileError } from '../src/routing/read-routes-file.ts';

const GOOD = `version: 1
upstreams:
  raw:
    url: RAW_URL
    serviceKey: RAW_SERVICE_KEY
routes:
  - id: one
    path: /one/*
    methods: any
    upstream: raw
    auth: required
    charge: { operation: "make_{kind}", from: { kind: { body: kind, default: small } } }
    limit: tier
    scope: any
`;
const ENVIRONMENT = {
  RAW_URL: 'http://10.0.0.1:80, http://10.0.0.2:81',
  RAW_SERVICE_KEY: 'k, the-one-before',
  GATEWAY_SIGNING_SECRET: 's, the-one-before',
};
const read = (text: string, environment: Record<string, string> = ENVIRONMENT, production = false) =>
  readRoutesFile(text, 'routes.yaml', (parts) => checkRoutesFile(parts, { environment, production, taken: [] }));
const faultOf = (text: string, environment?: Record<string, string>, production?: boolean): string => {
  try {
    read(text, environment, production);
  } catch (error) {
    if (error instanceof RoutesFileError) return error.message;
    throw error;
  }
  return '';
};

test('a good file gives upstreams with their addresses and keys from the environment', () => {
  expect(upstreamsOf(read(GOOD), ENVIRONMENT)[0]).toMatchObject({
    name: 'raw',
    addresses: ['http://10.0.0.1', 'http://10.0.0.2:81'],
    serviceKey: 'k',
    signingSecret: 's',
    retriesMax: 1,
    breaker: { failuresMax: 5, openMs: 5_000 },
  });
});

test('an operation may be called what the price list may call one', () => {
  const fixed = GOOD.replace(', from: { kind: { body: kind, default: small } }', '');
  for (const operation of ['gpt-4.1:mini', '4o']) expect(faultOf(fixed.replace('make_{kind}', operation))).toBe('');
  for (const operation of ['4o_{kind}', 'chat:{kind}.fast'])
    expect(faultOf(GOOD.replace('make_{kind}', operation))).toBe('');
});

describe('a fault is named with its line', () => {
  test.each<[string, string, string]>([
    ['not YAML', GOOD.replace('upstream: raw', 'upstream: [raw'), 'routes.yaml:11: '],
    [
      'an unknown setting',
      GOOD.replace('limit: tier', 'limit: tier\n    colour: red'),
      'routes.yaml:14: route one: colour: is not a known setting',
    ],
    ['a wrong value', GOOD.replace('auth: required', 'auth: maybe'), 'routes.yaml:11: route one: auth: '],
    ['a wrong type', GOOD.replace('version: 1', 'version: two'), 'routes.yaml:1: version: '],
    [
      'a charged route whose bodies no memory holds',
      GOOD.replace('limit: tier', 'limit: tier\n    bodyBytesMax: 70000000'),
      'routes.yaml:14: route one: bodyBytesMax: a charged route keeps bodies in memory, of at most 67108864 bytes',
    ],
    ['a missing decision', GOOD.replace('    limit: tier\n', ''), 'routes.yaml:7: route one: limit: is missing'],
    ['no word on API keys', GOOD.replace('    scope: any\n', ''), 'routes.yaml:7: route one: scope: is missing'],
    ['a scope left empty', GOOD.replace('scope: any', 'scope:'), 'routes.yaml:14: route one: scope: '],
    [
      'a scope that no key can carry',
      GOOD.replace('scope: any', 'scope: Things:Read'),
      'routes.yaml:14: route one: scope: must be none, any, or lower-case words joined by colons',
    ],
    [
      'a scope on a public route',
      GOOD.replace('auth: required', 'auth: public').replace('scope: any', 'scope: things:read'),
      'routes.yaml:14: route one: scope: ',
    ],
    [
      'a missing upstream setting',
      GOOD.replace('    url: RAW_URL\n', ''),
      'routes.yaml:3: upstreams.raw.url: is missing',
    ],
    [
      'an upstream that is not there',
      GOOD.replace('upstream: raw', 'upstream: cooked'),
      'routes.yaml:10: route one: upstream: there is no upstream cooked',
    ],
    ['a pattern that is none', GOOD.replace('/one/*', '/one//two'), 'routes.yaml:8: route one: path: '],
    [
      'a price on a public route',
      GOOD.replace('auth: required', 'auth: public'),
      'routes.yaml:12: route one: charge: ',
    ],
    [
      'a placeholder that nothing fills',
      GOOD.replace('make_{kind}', 'make_{size}'),
      'routes.yaml:12: route one: charge: nothing fills the placeholder {size}',
    ],
    [
      'an operation that the price list cannot have',
      GOOD.replace('make_{kind}', `${'make_'.repeat(13)}{kind}`),
      'routes.yaml:12: route one: charge: no price can be set for ',
    ],
    [
      'a default that no operation can end with',
      GOOD.replace('default: small', 'default: Small'),
      'routes.yaml:12: route one: charge: no price can be set for make_Small',
    ],
    [
      'a broken operation inside a union',
      GOOD.replace('"make_{kind}"', '"Make it"'),
      'routes.yaml:12: route one: charge.operation: ',
    ],
    [
      'an id used twice',
      GOOD + GOOD.slice(GOOD.indexOf('  - id: one')),
      'routes.yaml:15: route one: id: one is used twice',
    ],
    ['a setting given twice', GOOD.replace('limit: tier', 'limit: tier\n    limit: tier'), 'routes.yaml:14: '],
  ])('%s', (_name, text, message) => {
    expect(faultOf(text)).toContain(message);
  });

  test('an address that is none, or not set', () => {
    expect(faultOf(GOOD, { RAW_URL: 'http://10.0.0.1/base' })).toContain(
      'routes.yaml:4: upstreams.raw.url: RAW_URL must hold http(s) origins',
    );
    expect(faultOf(GOOD, {})).toContain('routes.yaml:4: upstreams.raw.url: RAW_URL is not set');
  });

  test('a service key that production lacks', () => {
    expect(faultOf(GOOD, { RAW_URL: 'http://10.0.0.1' }, true)).toContain(
      'routes.yaml:5: upstreams.raw.serviceKey: RAW_SERVICE_KEY is not set',
    );
  });

  test('a signing secret that is not set, or is that of our own services', () => {
    const own = GOOD.replace('RAW_SERVICE_KEY\n', 'RAW_SERVICE_KEY\n    signingSecret: RAW_SECRET\n');
    expect(faultOf(own)).toContain('routes.yaml:6: upstreams.raw.signingSecret: RAW_SECRET is not set');
    expect(faultOf(own, { ...ENVIRONMENT, RAW_SECRET: 'r' })).toBe('');
    expect(faultOf(own, { ...ENVIRONMENT, RAW_SECRET: 'r', INTERNAL_SIGNING_SECRET: 'q,r' })).toContain(
      'routes.yaml:6: upstreams.raw.signingSecret: RAW_SECRET is INTERNAL_SIGNING_SECRET, which no backend may know',
    );
    expect(faultOf(own, { ...ENVIRONMENT, RAW_SECRET: 'r' }, true)).toContain(
      'routes.yaml:6: upstreams.raw.signingSecret: RAW_SECRET must be at least 32 bytes',
    );
  });

  test('an address limit beside a caller of one', () => {
    const text = GOOD.replace('limit: tier', 'limit: { per: address, perMinute: 5 }');
    expect(faultOf(text)).toContain('routes.yaml:13: route one: limit: ');
  });
});

test('every fault is named at once, in the order of the lines', () => {
  const second = GOOD.slice(GOOD.indexOf('  - id: one')).replace('id: one', 'id: two').replace('/one/*', '/two');
  const text = (GOOD + second)
    .replace('auth: required', 'auth: maybe')
    .replace(/upstream: raw(?=[^]*$)/g, 'upstream: cooked')
    .replace(/limit: tier\n {4}scope: any\n$/, 'scope: any\n');
  expect(faultOf(text.replace('serviceKey: RAW_SERVICE_KEY', 'serviceKey: lower')).split('\n')).toEqual([
    'routes.yaml:5: upstreams.raw.serviceKey: must be the name of an environment variable',
    expect.stringMatching(/^routes\.yaml:11: route one: auth: /),
    'routes.yaml:15: route two: limit: is missing',
  ]);
  expect(faultOf(text.replace('    scope: any\n', '').replace('/two', '/two\n    limit: tier')).split('\n')).toEqual([
    expect.stringMatching(/^routes\.yaml:7: route one: scope: is missing/),
    expect.stringMatching(/^routes\.yaml:11: route one: auth: /),
    'routes.yaml:18: route two: upstream: there is no upstream cooked',
  ]);
});

test('a route that could never be reached is named with the one that takes its place', () => {
  const second = GOOD.slice(GOOD.indexOf('  - id: one')).replace('id: one', 'id: two');
  expect(faultOf(GOOD + second)).toBe(
    'routes.yaml:16: route two: path: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS /one/* is route one already',
  );
  expect(faultOf(GOOD + second.replace('methods: any', 'methods: [GET]').replace('/one/*', '/one/{x}'))).toBe('');
  const pattern = compilePattern('/one/*');
  const taken = [{ id: 'of.ours', pattern, methods: new Set(['POST']) }];
  const attempt = () =>
    readRoutesFile(GOOD, 'routes.yaml', (parts) =>
      checkRoutesFile(parts, { environment: undefined, production: false, taken }),
    );
  expect(attempt).toThrow('routes.yaml:8: route one: path: POST /one/* is route of.ours already');
});
