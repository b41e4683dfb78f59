import { describe, expect, test } from '@jest/globals';
import { emailOrNone, foldAscii, mailboxAddress } from './email-address.ts';

describe('addresses that are kept', () => {
  test.each([
    'ada@example.com',
    'Ada.Lovelace+tag@Example.co.uk',
    'r&d@example.com',
    "o'brien@example.com",
    '!#$%&*+/=?^_`{|}~-@example.com',
    'u@xn--e1afmkfd.xn--p1ai',
    'u@münchen.de',
    'u@пример.рф',
    'zoë@example.com',
    '用户@例子.广告',
    `${'a'.repeat(242)}@example.com`,
  ])('%s', (address) => {
    expect(emailOrNone(address)).toBe(address);
  });
});

describe('what is no address, or one that mail programmes read in more than one way', () => {
  test.each([
    [''],
    ['ada'],
    ['@example.com'],
    ['ada@'],
    ['ada@example'],
    ['ada@example.c'],
    ['ada@10.0.0.1'],
    ['ada@[10.0.0.1]'],
    ['ada@@example.com'],
    ['a b@example.com'],
    ['"a b"@example.com'],
    ['"eve@evil.example"@example.com'],
    ['eve@evil.example,ada@example.com'],
    ['Ada <ada@example.com>'],
    ['ada(comment)@example.com'],
    ['.ada@example.com'],
    ['ada.@example.com'],
    ['a..da@example.com'],
    ['ada@-example.com'],
    ['ada@example-.com'],
    ['ada@exa_mple.com'],
    [`ada@${'a'.repeat(64)}.com`],
    ['ada@example.com\n'],
    ['ada\r\nBcc: eve@example.com'],
    ['ada\u0000@example.com'],
    ['ada\u200b@example.com'],
    ['\u202eada@example.com'],
    ['ada\uff20evil@example.com'],
    ['ada\ud800@example.com'],
    [`${'a'.repeat(243)}@example.com`],
    [7],
    [null],
    [undefined],
    [{ toString: () => 'ada@example.com' }],
  ])('%j', (value) => {
    expect(emailOrNone(value)).toBeUndefined();
  });

  test('a long text is judged in no time worth telling', () => {
    for (const text of ['a'.repeat(60_000), `a@${'a.'.repeat(30_000)}`, `a@${'a'.repeat(60_000)}`, 'a.'.repeat(30_000)])
      expect(emailOrNone(text)).toBeUndefined();
  });
});

test('folding changes A–Z and nothing else', () => {
  expect(foldAscii('ABCxyz \u0130\u212A\u00C4ß')).toBe('abcxyz \u0130\u212A\u00C4ß');
});

describe('the mailbox that a code is mailed to', () => {
  test.each([
    ['Ada@Example.COM', 'ada@example.com'],
    ['ada@MÜNCHEN.de', 'ada@xn--mnchen-3ya.de'],
    ['ada@пример.рф', 'ada@xn--e1afmkfd.xn--p1ai'],
    ['r&d@example.com', 'r&d@example.com'],
  ])('%s is %s', (address, mailbox) => {
    expect(mailboxAddress(address)).toBe(mailbox);
  });

  test.each(['no address', 'ada', 'ada@', 'ada@ex ample.com', 'ada@%00.com', 'ada@.'])(
    '%s stays what it is: no address',
    (text) => {
      expect(emailOrNone(mailboxAddress(text))).toBeUndefined();
    },
  );
});
