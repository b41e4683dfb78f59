import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { decodeRecord, encodeRecord, openContent, sealContent } from './idempotency-record.ts';

const ATTEMPT = '01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e0f';
const FINGERPRINT = 'x'.repeat(43);

test.each(['running', 'ended', 'answered'] as const)('a record of what %s comes back as it was', (kind) => {
  const record = { kind, attempt: ATTEMPT, fingerprint: FINGERPRINT, sealed: randomBytes(100) };
  expect(decodeRecord(encodeRecord(record))).toEqual(record);
});

test.each(['', 'r', '{"fingerprint":"x"}', `x${ATTEMPT}${FINGERPRINT}`])('%j is no record', (text) => {
  expect(decodeRecord(Buffer.from(text))).toBeUndefined();
});

test('content of any bytes comes back with its value, for the same secret only, and is not much longer sealed', () => {
  const value = { status: 200, headers: ['X-Name', 'é\nß'] };
  const body = randomBytes(10_000);
  const sealed = sealContent('secret', value, body);
  expect(openContent('secret', sealed)).toEqual({ value, body });
  expect(sealed.length).toBeLessThan(body.length + 200);
  expect(() => openContent('another', sealed)).toThrow();
});
