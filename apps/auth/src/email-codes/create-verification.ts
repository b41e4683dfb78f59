import { uuidv7 } from '@turnpike/service-kit';
import type { Config } from '../config.ts';
import type { Database } from '../database.ts';
import type { Vault } from '../vault/domain/vault.ts';
import { Verification } from './domain/verification.ts';
import { issueCode, reopenCode, useCode, withdrawCode } from './stores/verification.ts';

/** Mailed codes over auth's database, with the limits of the configuration. */
export function createVerification(config: Config, db: Database, vault: Vault): Verification {
  return new Verification(
    {
      record: (code) => issueCode(db, code),
      withdraw: (id, counted) => withdrawCode(db, id, counted),
      use: (attempt) => useCode(db, attempt),
      reopen: (id) => reopenCode(db, id),
      newId: uuidv7,
    },
    vault,
    {
      perAddressPerHour: config.CODES_PER_ADDRESS_PER_HOUR,
      perAddressToStrangersPerHour: config.CODES_PER_ADDRESS_TO_STRANGERS_PER_HOUR,
      perClientPerHour: config.CODES_PER_CLIENT_PER_HOUR,
      perMinute: config.CODES_PER_MINUTE,
    },
  );
}
