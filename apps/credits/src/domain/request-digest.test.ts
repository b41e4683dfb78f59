import { describe, expect, test } from '@jest/globals';
import { requestDigest, reservationIdOf } from './request-digest.ts';

describe('the id of a reservation', () => {
  test('a UUID names itself, in one spelling', () => {
    expect(reservationIdOf('01936F5E-7B1A-7C3E-9D2F-5A6B7C8D9E0F')).toBe('01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e0f');
  });

  test('any other key stands for a UUID of its own, always the same', () => {
    const id = reservationIdOf('edge/req-1');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(reservationIdOf('edge/req-1')).toBe(id);
    expect(reservationIdOf('edge/req-2')).not.toBe(id);
    // And naming it by that UUID is naming the same.
    expect(reservationIdOf(id)).toBe(id);
  });
});

test('requests differ where any part does, absent parts included', () => {
  const digests = [
    requestDigest('a', 1),
    requestDigest('a', 2),
    requestDigest('a', '1'),
    requestDigest('a', undefined, 1),
    requestDigest('a', 1, undefined),
  ];
  expect(new Set(digests.map((digest) => digest.toString('hex'))).size).toBe(digests.length);
});
