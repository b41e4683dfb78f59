import { z } from 'zod';
import { rowsOf } from '@turnpike/service-kit';
import { Prisma } from '../generated/prisma/client.ts';
import { VERIFICATION_CONNECT_TIMEOUT_MS, VERIFICATION_QUERY_TIMEOUT_MS, type Database } from './database.ts';
import { INVARIANTS, type Invariant } from './invariants.ts';

/** Violations that a report quotes of each invariant; all are counted. */
const QUOTED_MAX = 20;

export interface Violation {
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
}

/** What a verification found of one invariant. */
export interface Finding {
  readonly invariant: Invariant;
  readonly violations: number;
  /** The first of them. */
  readonly quoted: readonly Violation[];
}

export interface VerificationStore {
  /**
   * Checks every invariant against one snapshot of the live database, without a lock. `sweepSeconds`: see invariant 10. Rejects between two of
   * them once `signal` fires.
   */
  verify(sweepSeconds: number, signal?: AbortSignal): Promise<Finding[]>;
  /**
   * The same while no other process does it, and keeps what was found with the sums over all accounts, for metrics and operators: all of it in the
   * transaction that has the snapshot, whose end is that of its lock. Resolves once it has begun, with the end of it, or with `undefined` where
   * another one runs.
   */
  beginAlone(sweepSeconds: number, signal?: AbortSignal): Promise<{ readonly done: Promise<Finding[]> } | undefined>;
}

/** Of the lock that one verification at a time has. */
export const VERIFYING_LOCK = 7_041_776;

const taking = z.object({ taken: z.boolean() });
const violation = z.object({ subject: z.string(), expected: z.string(), found: z.string(), total: z.bigint() });

export function createVerificationStore({ client }: Pick<Database, 'client'>): VerificationStore {
  const inSnapshot = <T>(work: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T> =>
    client.$transaction(work, {
      isolationLevel: 'RepeatableRead',
      maxWait: VERIFICATION_CONNECT_TIMEOUT_MS,
      timeout: VERIFICATION_QUERY_TIMEOUT_MS * INVARIANTS.length,
    });
  return {
    verify: (sweepSeconds, signal) => inSnapshot((tx) => check(tx, sweepSeconds, signal)),
    async beginAlone(sweepSeconds, signal) {
      const begun = Promise.withResolvers<boolean>();
      const done = inSnapshot(async (tx) => {
        const db = rowsOf(tx, { checkRows: true });
        const { taken } = await db.one(taking)`SELECT pg_try_advisory_xact_lock(${VERIFYING_LOCK}::bigint) AS taken`;
        begun.resolve(taken);
        if (!taken) return [];
        const findings = await check(tx, sweepSeconds, signal);
        await record(tx, findings);
        return findings;
      });
      // What fails before it has begun; later this changes nothing.
      done.catch(begun.reject);
      if (await begun.promise) return { done };
      await done;
      return undefined;
    },
  };
}

/** Asks every invariant in the transaction's snapshot. */
async function check(tx: Prisma.TransactionClient, sweepSeconds: number, signal?: AbortSignal): Promise<Finding[]> {
  const db = rowsOf(tx, { checkRows: true });
  // These read whole tables, unlike everything else this service asks.
  await tx.$executeRaw`SELECT set_config('enable_seqscan', 'on', true),
    set_config('statement_timeout', ${String(VERIFICATION_QUERY_TIMEOUT_MS)}, true)`;
  const findings: Finding[] = [];
  for (const invariant of INVARIANTS) {
    signal?.throwIfAborted();
    const rows = await db.many(violation)`WITH violation AS (${statementOf(invariant, sweepSeconds)})
      SELECT subject, expected, found, count(*) OVER () AS total FROM violation LIMIT ${QUOTED_MAX}::int`;
    const quoted = rows.map(({ subject, expected, found }) => ({ subject, expected, found }));
    findings.push({ invariant, violations: Number(rows[0]?.total ?? 0n), quoted });
  }
  return findings;
}

/** Keeps what `check` found in the same transaction, which reads whole tables too. */
async function record(tx: Prisma.TransactionClient, findings: readonly Finding[]): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO ledger_total (accounts, balance, held, debt, earned, spent)
    SELECT count(*), coalesce(sum(balance), 0), coalesce(sum(held), 0), coalesce(sum(debt), 0), coalesce(sum(earned), 0), coalesce(sum(spent), 0)
      FROM account
    ON CONFLICT (id) DO UPDATE SET accounts = excluded.accounts, balance = excluded.balance, held = excluded.held, debt = excluded.debt,
      earned = excluded.earned, spent = excluded.spent, counted_at = clock_timestamp()`;
  for (const { invariant, violations } of findings) {
    await tx.$executeRaw`
      INSERT INTO verification (invariant, violations) VALUES (${invariant.id}, ${violations}::bigint)
      ON CONFLICT (invariant) DO UPDATE SET violations = excluded.violations, checked_at = clock_timestamp()`;
  }
}

/** An invariant's query, with the sweep period where it is asked for. */
function statementOf({ sql }: Invariant, sweepSeconds: number): Prisma.Sql {
  const texts = sql.split('$1');
  return new Prisma.Sql(
    texts,
    texts.slice(1).map(() => sweepSeconds),
  );
}
