import { expect } from '@jest/globals';
import type pg from 'pg';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { openClient, createTestDatabase, type TestDatabase } from '@turnpike/test-kit';
import { toMicro } from '../src/domain/amounts.ts';
import type { AllowanceResult, Grant } from '../src/domain/grant.ts';
import type { HoldResult } from '../src/domain/hold.ts';
import type { Owner } from '../src/domain/owner.ts';
import type { ResolutionResult } from '../src/domain/settlement.ts';
import { createAllowanceStore } from '../src/stores/allowance-store.ts';
import { createClosingStore } from '../src/stores/closing-store.ts';
import { openDatabase, type Database } from '../src/stores/database.ts';
import { createLedgerStore } from '../src/stores/ledger-store.ts';
import { createMaintenanceStore } from '../src/stores/maintenance-store.ts';
import { createVerificationStore } from '../src/stores/verification-store.ts';

/** What an account has, in whole credits. */
export interface Sums {
  readonly balance: number;
  readonly held: number;
  readonly debt: number;
}

/** Opens the service's own pool on a test database. */
export function openTestDatabase(database: Pick<TestDatabase, 'env'>): Database {
  return openDatabase({ ...database.env, DATABASE_POOL_MAX: 10, DATABASE_TIMEOUT_MS: 10_000, NODE_ENV: 'test' });
}

/** Fails with the list of what is off. */
export async function expectInvariantsHold(database: Database, sweepSeconds = 5): Promise<void> {
  const findings = await createVerificationStore(database).verify(sweepSeconds);
  expect(findings.filter((finding) => finding.violations > 0)).toEqual([]);
}

/**
 * The ledger's functions on a database of their own, without HTTP in front, and a clock that a test can set. Amounts are whole credits, and
 * owners are named by their id, all of one type.
 */
export async function openLedger(type: Owner['type'] = 'user') {
  const test = await createTestDatabase('credits');
  const database = openTestDatabase(test);
  const owner = await openClient({ connectionString: test.url });
  await owner.query(`CREATE TABLE test_clock AS SELECT NULL::timestamptz AS stopped_at;
    GRANT SELECT ON test_clock TO turnpike_credits_service;
    CREATE OR REPLACE FUNCTION ledger_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
      SELECT coalesce((SELECT stopped_at FROM test_clock), clock_timestamp()) $$`);
  return ledgerOver({ test, database, owner }, type);
}

interface Opened {
  readonly test: TestDatabase;
  readonly database: Database;
  /** The database's owner, whom nothing is forbidden. */
  readonly owner: pg.Client;
}

function ledgerOver({ test, database, owner }: Opened, type: Owner['type']) {
  const store = createLedgerStore(database);
  const allowances = createAllowanceStore(database);

  async function sums(user: string): Promise<Sums> {
    const { rows } = await owner.query<Record<keyof Sums, string>>(
      'SELECT balance, held, debt FROM account WHERE owner_type = $1 AND owner_id = $2',
      [type, user],
    );
    const whole = (micro: string | undefined): number => Number(micro ?? 0) / 1e6;
    return { balance: whole(rows[0]?.balance), held: whole(rows[0]?.held), debt: whole(rows[0]?.debt) };
  }

  return {
    test,
    database,
    owner,
    store,
    maintenance: createMaintenanceStore(database),
    closing: createClosingStore(database),
    allowances,
    ownerOf: (id: string): Owner => ({ type, id }),
    startAllowance: (id: string, plan: string, anchorAt?: Date): Promise<AllowanceResult> =>
      allowances.start({ owner: { type, id }, plan, anchorAt }),
    sums,
    /** Stops the database's clock at a moment; `undefined` lets it run again. */
    async setNow(moment: string | undefined): Promise<void> {
      await owner.query('UPDATE test_clock SET stopped_at = $1', [moment ?? null]);
    },
    async grant(user: string, credits: number, more: Partial<Grant> = {}) {
      return store.grant({
        owner: { type, id: user },
        amount: toMicro(credits),
        source: 'test',
        sourceRef: uuidv7(),
        transactionType: 'adjustment',
        actor: 'test',
        ...more,
      });
    },
    /** A new user with that many credits, in one grant. */
    async userWith(credits: number): Promise<string> {
      const user = uuidv7();
      await this.grant(user, credits);
      return user;
    },
    async reserve(user: string, credits: number, id = uuidv7(), ttlMs = 60_000): Promise<HoldResult> {
      const [result] = await store.reserve([
        {
          id,
          owner: { type, id: user },
          amount: toMicro(credits),
          ttlMs,
          requestHash: Buffer.from(`${user}${credits}`),
          actor: 'test',
        },
      ]);
      return result as HoldResult;
    },
    async settle(id: string, credits?: number): Promise<ResolutionResult> {
      const amount = credits === undefined ? undefined : toMicro(credits);
      return (await store.resolve([{ id, action: 'settle', amount, actor: 'test' }]))[0] as ResolutionResult;
    },
    async release(id: string): Promise<ResolutionResult> {
      return (await store.resolve([{ id, action: 'release', actor: 'test' }]))[0] as ResolutionResult;
    },
    async close(): Promise<void> {
      await owner.end();
      await database.close();
      await test.drop();
    },
  };
}

export type TestLedger = ReturnType<typeof ledgerOver>;

/** The same ledger, for owners of another type. */
export function ledgerOf(ledger: TestLedger, type: Owner['type']): TestLedger {
  return ledgerOver(ledger, type);
}
