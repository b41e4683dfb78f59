import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { commonPasswordList } from '../../../build/common-passwords.ts';
import { COMMON_PASSWORDS_FILE, loadCommonPasswords } from '../common-passwords.ts';
import { normalisePassword, PasswordPolicy, PasswordRejected } from './policy.ts';

const common = loadCommonPasswords();
const policy = new PasswordPolicy(15, common, 'Turnpike');
const short = new PasswordPolicy(8, common, 'Turnpike');
const owner = { email: 'ada.lovelace@example.com', names: ['Ada', 'Lovelace', 'Analytical Engines'] };

function faultOf(text: string, rules = policy): string | undefined {
  try {
    rules.check(text, owner);
    return undefined;
  } catch (error) {
    return error instanceof PasswordRejected ? error.fault : String(error);
  }
}

test('the list is what the generator makes of the dictionary', () => {
  expect(readFileSync(COMMON_PASSWORDS_FILE, 'utf8')).toBe(commonPasswordList());
});

describe('a new password', () => {
  test.each([
    ['SecurePassword123!', undefined],
    ['correct horse battery staple', undefined],
    ['пароль из пяти слов', undefined],
    ['🐎'.repeat(7) + '🔋'.repeat(8), undefined],
    ['short of fiftee', undefined],
    ['short of fifte', 'too_short'],
    ['🐎🔋', 'too_short'],
    ['k9#vTz2q'.repeat(16), undefined],
    [`${'k9#vTz2q'.repeat(16)}k`, 'too_long'],
    [`${'abcdefg🐎'.repeat(64)}`, 'too_long'],
    ['x'.repeat(100_000), 'too_long'],
    [`fifteen letters \ud83d`, 'malformed'],
    ['qwertyuiop12345', 'common'],
    ['QwertyUiop12345', 'common'],
    ['aaaaaaaaaaaaaaa', 'common'],
    ['123412341234123', 'common'],
    ['PasswordPasswordPass', 'common'],
    ['Ada.Lovelace@example.com', 'context'],
    ['my mail is ada.lovelace@example.com', 'context'],
    ['turnpike-turnpike-turnpike', 'context'],
    ['LovelaceTurnpike1', 'context'],
    ['the turnpike road to Ada', undefined],
  ])('%p: %p', (text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });

  test.each([
    ['password', 'common'],
    ['lovelace1815', 'context'],
    ['k9#vTz2q', undefined],
    ['k9#vTz2', 'too_short'],
  ])('where eight are enough, %p: %p', (text, fault) => {
    expect(faultOf(text, short)).toBe(fault);
  });
});

describe('a password as it is hashed', () => {
  test('is the same however the keyboard composed it', () => {
    expect(normalisePassword('Amélie a l’été')).toBe(normalisePassword('Ame\u0301lie a l’e\u0301te\u0301'));
    expect(normalisePassword('one\u00a0two\u3000three')).toBe('one two three');
  });

  test('keeps its spaces, its case, and what only looks alike', () => {
    expect(normalisePassword(' Padded ')).toBe(' Padded ');
    expect(normalisePassword('\u212a')).not.toBe('k');
    expect(normalisePassword('ﬁ')).not.toBe('fi');
    expect(normalisePassword('①')).not.toBe('1');
  });
});
