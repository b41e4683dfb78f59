import { expect } from '@jest/globals';
import pg from 'pg';
import { uuidv7 } from '@turnpike/service-kit';
import { createTestDatabase, type TestDatabase } from '@turnpike/test-kit';
import { toMicro } from '../src/domain/amounts.ts';
import { createAllowanceStore } from '../src/stores/allowance-store.ts';
import { createClosingStore } from '../src/stores/closing-store.ts';
import { openDatabase, type Database } from '../src/stores/database.ts';
import {
  createLedgerStore,
  type GrantArguments,
  type ReserveResult,
  type ResolveResult,
} from '../src/stores/ledger-store.ts';
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
  return openDatabase({ ...database.env, DATABASE_POOL_MAX: 10, DATABASE_TIMEOUT_MS: 10_000 });
}

/** Fails with the list of what is off. */
export async function expectInvariantsHold(database: Database, sweepSeconds = 5): Promise<void> {
  const findings = await createVerificationStore(database).verify(sweepSeconds);
  expect(findings.filter((finding) => finding.violations > 0)).toEqual([]);
}

/** The ledger's functions on a database of their own, without HTTP in front, and a clock that a test can set. Amounts are whole credits. */
export async function openLedger() {
  const test = await createTestDatabase('credits');
  const database = openTestDatabase(test);
  const owner = new pg.Client({ connectionString: test.url });
  await owner.connect();
  await owner.query(`CREATE TABLE test_clock AS SELECT NULL::timestamptz AS stopped_at;
    GRANT SELECT ON test_clock TO turnpike_credits_service;
    CREATE OR REPLACE FUNCTION ledger_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
      SELECT coalesce((SELECT stopped_at FROM test_clock), clock_timestamp()) $$`);
  const store = createLedgerStore(database);

  async function sums(user: string): Promise<Sums> {
    const { rows } = await owner.query<Record<keyof Sums, string>>(
      'SELECT balance, held, debt FROM account WHERE owner_id = $1',
      [user],
    );
    const whole = (micro: string | undefined): number => Number(micro ?? 0) / 1e6;
    return { balance: whole(rows[0]?.balance), held: whole(rows[0]?.held), debt: whole(rows[0]?.debt) };
  }

  return {
    test,
    database,
    /** The database's owner, whom nothing is forbidden. */
    owner,
    store,
    maintenance: createMaintenanceStore(database),
    closing: createClosingStore(database),
    allowances: createAllowanceStore(database),
    sums,
    /** Stops the database's clock at a moment; `undefined` lets it run again. */
    async setNow(moment: string | undefined): Promise<void> {
      await owner.query('UPDATE test_clock SET stopped_at = $1', [moment ?? null]);
    },
    async grant(user: string, credits: number, more: Partial<GrantArguments> = {}) {
      const amount = toMicro(credits).toString();
      return store.grant({
        owner_id: user,
        amount,
        source: 'test',
        source_ref: uuidv7(),
        transaction_type: 'adjustment',
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
    async reserve(user: string, credits: number, id = uuidv7(), ttlMs = 60_000): Promise<ReserveResult> {
      const [result] = await store.reserve([
        {
          id,
          owner_id: user,
          amount: toMicro(credits).toString(),
          ttl_ms: ttlMs,
          request_hash: Buffer.from(`${user}${credits}`).toString('hex'),
          actor: 'test',
        },
      ]);
      return result as ReserveResult;
    },
    async settle(id: string, credits?: number): Promise<ResolveResult> {
      const amount = credits === undefined ? undefined : toMicro(credits).toString();
      return (await store.resolve([{ id, action: 'settle', amount, actor: 'test' }]))[0] as ResolveResult;
    },
    async release(id: string): Promise<ResolveResult> {
      return (await store.resolve([{ id, action: 'release', actor: 'test' }]))[0] as ResolveResult;
    },
    async close(): Promise<void> {
      await owner.end();
      await database.close();
      await test.drop();
    },
  };
}

export type TestLedger = Awaited<ReturnType<typeof openLedger>>;
