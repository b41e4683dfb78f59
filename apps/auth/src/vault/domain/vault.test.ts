import { describe, expect, test } from '@jest/globals';
import { VaultError } from '@turnpike/service-kit';
import { Vault } from './vault.ts';

const OLD = 'old-key-encryption-key-0123456789abcdef';
const NEW = 'new-key-encryption-key-0123456789abcdef';
const secret = Buffer.from('a private key');

describe('sealing', () => {
  const vault = new Vault([NEW, OLD]);

  test('opens with the same purpose, context and pepper, and with nothing else', () => {
    const pepper = Buffer.from('pepper');
    const sealed = vault.seal('signing-key', secret, 'row-1', pepper);
    expect(vault.open('signing-key', sealed, 'row-1', pepper)).toEqual(secret);
    expect(() => vault.open('provider-token', sealed, 'row-1', pepper)).toThrow(VaultError);
    expect(() => vault.open('signing-key', sealed, 'row-2', pepper)).toThrow(VaultError);
    expect(() => vault.open('signing-key', sealed, 'row-1', Buffer.from('other'))).toThrow(VaultError);
    expect(() => vault.open('signing-key', sealed, 'row-1')).toThrow(VaultError);
  });

  test('detects a change of any byte', () => {
    const sealed = vault.seal('signing-key', secret, 'row');
    for (let position = 0; position < sealed.length; position += 1) {
      const changed = Buffer.from(sealed);
      changed[position] = (changed[position] ?? 0) ^ 1;
      expect(() => vault.open('signing-key', changed, 'row')).toThrow(VaultError);
    }
    for (const length of [0, 1, 16, 32, sealed.length - 1]) {
      expect(() => vault.open('signing-key', sealed.subarray(0, length), 'row')).toThrow(VaultError);
    }
  });

  test('never returns the same bytes twice', () => {
    const all = Array.from({ length: 50 }, () => vault.seal('signing-key', secret, 'row').toString('hex'));
    expect(new Set(all).size).toBe(50);
  });
});

describe('replacing the key-encryption key', () => {
  test('old values open while the old key is configured, and not after', () => {
    const sealed = new Vault([OLD]).seal('signing-key', secret, 'row');
    expect(new Vault([NEW, OLD]).open('signing-key', sealed, 'row')).toEqual(secret);
    expect(() => new Vault([NEW]).open('signing-key', sealed, 'row')).toThrow('not configured');
  });

  test('new values are sealed with the first key', () => {
    const sealed = new Vault([NEW, OLD]).seal('signing-key', secret, 'row');
    expect(new Vault([NEW]).open('signing-key', sealed, 'row')).toEqual(secret);
  });

  test('proofs of the old key hold while it is configured', () => {
    const mac = new Vault([OLD]).mac('refresh-token', secret);
    expect(new Vault([NEW, OLD]).verifyMac('refresh-token', secret, mac)).toBe(true);
    expect(new Vault([NEW]).verifyMac('refresh-token', secret, mac)).toBe(false);
  });
});

describe('proofs', () => {
  const vault = new Vault([NEW]);
  const mac = vault.mac('refresh-token', secret);

  test('hold for their purpose and data only', () => {
    expect(vault.verifyMac('refresh-token', secret, mac)).toBe(true);
    expect(vault.verifyMac('refresh-token', secret, mac.subarray(0, 16))).toBe(true);
    expect(vault.verifyMac('one-time-code', secret, mac)).toBe(false);
    expect(vault.verifyMac('refresh-token', Buffer.from('other'), mac)).toBe(false);
  });

  test('that are empty or too long never hold', () => {
    expect(vault.verifyMac('refresh-token', secret, Buffer.alloc(0))).toBe(false);
    expect(vault.verifyMac('refresh-token', secret, Buffer.concat([mac, Buffer.of(0)]))).toBe(false);
  });
});

test('a vault without a key is none', () => {
  expect(() => new Vault([])).toThrow(VaultError);
});
