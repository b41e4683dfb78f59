import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openLedger, type TestLedger } from './open-ledger.ts';

/** Whoever takes over the service, or its database password's role, must not be able to rewrite history. */
let ledger: TestLedger;
beforeAll(async () => {
  ledger = await openLedger();
  await ledger.userWith(50);
});
afterAll(() => ledger.close());

const ATTEMPTS = [
  'UPDATE transfer SET amount = 1',
  'DELETE FROM transfer',
  'TRUNCATE transfer',
  'ALTER TABLE transfer DISABLE TRIGGER ALL',
  'DROP TABLE transfer',
  'UPDATE price SET cost = 1',
  'DELETE FROM "grant"',
  'DELETE FROM account',
  'DELETE FROM reservation',
  'CREATE OR REPLACE FUNCTION ledger_now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT now() $$',
];

describe("the service's own role", () => {
  test.each(ATTEMPTS)('%s: denied', async (sql) => {
    await expect(ledger.database.sql.query(sql)).rejects.toThrow(/permission denied|must be owner/);
  });

  test('has no right to change or remove a transfer, so that not even the trigger is asked', async () => {
    const rows = await ledger.database.sql.query(
      "SELECT privilege FROM unnest(ARRAY['INSERT', 'SELECT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) AS privilege WHERE has_table_privilege(current_user, 'transfer', privilege)",
    );
    expect(rows).toEqual([{ privilege: 'INSERT' }, { privilege: 'SELECT' }]);
  });

  test('is what the service runs as, and is no superuser', async () => {
    const rows = await ledger.database.sql.query(
      'SELECT current_user::text AS name, rolsuper FROM pg_roles WHERE rolname = current_user',
    );
    expect(rows).toEqual([{ name: 'turnpike_credits_service', rolsuper: false }]);
  });
});

describe('even the owner of the table', () => {
  test.each(['UPDATE transfer SET amount = 1', 'DELETE FROM transfer', 'TRUNCATE transfer'])(
    '%s: refused by the trigger',
    async (sql) => {
      await expect(ledger.owner.query(sql)).rejects.toThrow('transfer is append-only');
    },
  );
});
