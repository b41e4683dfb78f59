import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HEADER } from '@turnpike/contracts';
import { RequestHeaders } from './request-headers.ts';

/** Headers of the contract that are a client's to send. Whatever else the contract names, now or later, is the gateway's word. */
const OF_CLIENTS: ReadonlySet<string> = new Set([HEADER.idempotencyKey, HEADER.idempotencyReplayed, HEADER.projectId]);

const IDENTITY = [
  ...Object.values(HEADER).filter((name) => !OF_CLIENTS.has(name)),
  'X-Tenant-Role',
  'X-User-ID',
  'X-User-Email',
  'X-User-Tier',
  'X-Tenant-ID',
  'X-Gateway-Signature',
  'X-Gateway-Timestamp',
  'X-Gateway-Metered',
  'X-Gateway-Anything-New',
  'X-Service-Key',
  'X-Admin-Key',
  'X-API-Key',
  'Authorization',
  'Forwarded',
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'X-Real-IP',
  'X-Credits-Cost',
  'X-HTTP-Method-Override',
  'X-Original-URL',
];

describe('identity and trust headers never pass', () => {
  test.each(IDENTITY)('%s in every letter case, with other separators, and repeated', (name) => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }),
        fc.constantFrom('-', '_', '.', '~', '+'),
        fc.integer({ min: 1, max: 3 }),
        (upper, separator, times) => {
          const cased = name
            .split('')
            .map((letter, index) => (upper[index] ? letter.toUpperCase() : letter.toLowerCase()))
            .join('');
          const spelling = cased.replaceAll('-', separator);
          const raw = Array.from({ length: times }, () => [spelling, 'forged']).flat();
          expect(new RequestHeaders([...raw, 'X-Kept', 'yes']).forward).toEqual(['X-Kept', 'yes']);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('hop-by-hop headers and those that Connection nominates end here', () => {
    const headers = new RequestHeaders([
      'Connection',
      'keep-alive, X-Private',
      'x-private',
      '1',
      'TE',
      'trailers',
      'Upgrade',
      'h2c',
      'Accept',
      '*/*',
    ]);
    expect(headers.forward).toEqual(['Accept', '*/*']);
  });

  test('Connection cannot nominate what frames the message', () => {
    const headers = new RequestHeaders([
      'Connection',
      'Content-Length, Content-Type',
      'Content-Length',
      '3',
      'Content-Type',
      'text/plain',
    ]);
    expect(headers.forward).toEqual(['Content-Length', '3']);
  });
});

describe('what passes keeps its bytes', () => {
  test('order, letter case and repetition', () => {
    const raw = ['accept', 'a', 'X-Custom', '1', 'COOKIE', 'x=y', 'X-Custom', '2', 'X-User-Agent', 'grpc-web'];
    expect(new RequestHeaders(raw).forward).toEqual(raw);
  });
});

describe('what the edge reads', () => {
  test('is set aside although it is not forwarded', () => {
    const headers = new RequestHeaders(['AUTHORIZATION', 'Bearer t', 'x-api-key', 'sk_1', 'Host', 'h']);
    expect([headers.get('authorization'), headers.get('x-api-key'), headers.get('host')]).toEqual([
      'Bearer t',
      'sk_1',
      'h',
    ]);
    expect(headers.forward).toEqual([]);
  });

  test('other spellings of a credential are no credential', () => {
    const headers = new RequestHeaders(['X_API_KEY', 'sk_1', 'X.Service.Key', 'k']);
    expect([headers.get('x-api-key'), headers.get('x-service-key'), headers.forward]).toEqual([
      undefined,
      undefined,
      [],
    ]);
  });

  test.each([
    'Host',
    'Authorization',
    'X-API-Key',
    'X-Service-Key',
    'X-Admin-Key',
    'Content-Length',
    'Transfer-Encoding',
    'Content-Type',
  ])('%s may not be repeated', (name) => {
    expect(new RequestHeaders([name, 'a', 'Accept', '*/*', name.toUpperCase(), 'a']).repeated).toBe(name.toLowerCase());
  });

  test('list headers are joined in order', () => {
    const headers = new RequestHeaders(['X-Forwarded-For', '1.1.1.1', 'x-forwarded-for', '2.2.2.2']);
    expect(headers.get('x-forwarded-for')).toBe('1.1.1.1, 2.2.2.2');
    expect(headers.repeated).toBeUndefined();
  });
});
