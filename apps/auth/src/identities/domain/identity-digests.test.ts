import { describe, expect, test } from '@jest/globals';
import { identityDigests } from './identity-digests.ts';

const KEY = Buffer.alloc(32, 1);
const google = { provider: 'google', subject: '1', email: 'ada@example.com', emailVerified: true };
const hex = (profile: Parameters<typeof identityDigests>[1], key = KEY) =>
  identityDigests(key, profile).map((digest) => digest.toString('hex'));
const [identity, mailbox] = hex(google);

describe('the mailbox', () => {
  test.each([
    'ada+news@example.com',
    'ada+a+b@example.com',
    'ADA+x@EXAMPLE.com',
    'ada+@example.com',
    'ada@example.com',
  ])('%s is that of ada@example.com', (email) => {
    expect(hex({ ...google, email })[1]).toBe(mailbox);
  });

  test.each(['adas@example.com', 'ada@example.org', '+ada@example.com', 'a+da@example.com', 'ada.x@example.com'])(
    '%s is another',
    (email) => {
      expect(hex({ ...google, email })[1]).not.toBe(mailbox);
    },
  );

  test('is the same in every script of its domain', () => {
    expect(hex({ ...google, email: 'u+x@münchen.de' })[1]).toBe(hex({ ...google, email: 'u@xn--mnchen-3ya.de' })[1]);
  });

  test('counts only where it was proved', () => {
    expect(hex({ ...google, emailVerified: false })).toEqual([identity]);
    expect(hex({ ...google, email: undefined })).toEqual([identity]);
  });
});

test('provider and subject name the identity, compared exactly', () => {
  for (const other of [{ provider: 'github' }, { subject: '2' }, { subject: '1 ' }])
    expect(hex({ ...google, ...other })[0]).not.toBe(identity);
});

test('without the key nobody can tell what a digest is of', () => {
  expect(hex(google, Buffer.alloc(32, 2))).not.toContain(identity);
});
