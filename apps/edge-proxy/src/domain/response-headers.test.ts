import { expect, test } from '@jest/globals';
import { cleanResponseHeaders } from './response-headers.ts';

const none = {
  connection: undefined,
  replaced: new Set<string>(),
  status: 200,
  upstream: { addresses: ['http://10.0.0.5:8090'], firstParty: false },
  client: { address: '203.0.113.9', proto: 'https', host: 'api.example' },
};

test('the upstream cannot speak for the edge', () => {
  const raw = [
    'X-RateLimit-Limit',
    '1',
    'RateLimit',
    'x',
    'X-Credits-Cost',
    '1',
    'X-Credits-Charged',
    '0',
    'X_Service_Key',
    's',
    'X-Request-ID',
    'r',
  ];
  expect(cleanResponseHeaders([...raw, 'Content-Type', 'text/plain'], none)).toEqual(['Content-Type', 'text/plain']);
});

test('repeated cookies, redirects and bytes past ASCII pass as they came', () => {
  const raw = ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Location', 'https://elsewhere.example/', 'X-Name', '\xe9'];
  expect(
    cleanResponseHeaders(
      raw.map((part) => Buffer.from(part, 'latin1')),
      none,
    ),
  ).toEqual(raw);
});

test('hop-by-hop headers, nominated ones and those the edge replaces are left out', () => {
  const raw = [
    'Connection',
    'X-Hop',
    'X-Hop',
    '1',
    'Transfer-Encoding',
    'chunked',
    'Keep-Alive',
    'timeout=5',
    'Vary',
    'Origin',
    'ETag',
    '"1"',
  ];
  const options = { ...none, connection: 'X-Hop', replaced: new Set(['vary']) };
  expect(cleanResponseHeaders(raw, options)).toEqual(['ETag', '"1"']);
});

test("where a client is sent to the upstream's own address, it is sent here", () => {
  const raw = [
    'location',
    'http://10.0.0.5:8090/a',
    'Content-Location',
    'http://10.0.0.5:8090/b',
    'X-At',
    'http://10.0.0.5:8090/c',
  ];
  expect(cleanResponseHeaders(raw, none)).toEqual([
    'location',
    'https://api.example/a',
    'Content-Location',
    'https://api.example/b',
    'X-At',
    'http://10.0.0.5:8090/c',
  ]);
});

test('only our own services set cookies of ours', () => {
  const own = ['Set-Cookie', '__Host-turnpike-sign-in-google-0=x; Path=/', 'set-cookie', '=turnpike-sign-in-apple-0=x'];
  const others = ['Set-Cookie', 'turnpike=1', 'X-Cookie', 'turnpike-sign-in-google-0=x'];
  expect(cleanResponseHeaders([...own, ...others], none)).toEqual(others);
  const firstParty = { ...none, upstream: { addresses: [], firstParty: true } };
  expect(cleanResponseHeaders([...own, ...others], firstParty)).toEqual([...own, ...others]);
});
