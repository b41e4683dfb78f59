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
  /** Keeps what a verification found, and the sums over all accounts, for metrics and operators. */
  record(findings: readonly Finding[]): Promise<void>;
  /**
   * Runs `work` while no other process does, on this store's connection: a lock of the session, which ends with it. Resolves at once with what was
   * begun, or with `undefined` where another one runs.
   */
  alone<T>(work: () => Promise<T>): Promise<{ readonly done: Promise<T> } | undefined>;
}

/** Of the lock that one verification at a time has. */
export const VERIFYING_LOCK = 7_041_776;

const taking = z.object({ taken: z.boolean() });
const violation = z.object({ subject: z.string(), expected: z.string(), found: z.string(), total: z.bigint() });

export function createVerificationStore({ client, prisma }: Pick<Database, 'client' | 'prisma'>): VerificationStore {
  return {
    verify: (sweepSeconds, signal) =>
      client.$transaction(
        async (tx) => {
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
        },
        {
          isolationLevel: 'RepeatableRead',
          maxWait: VERIFICATION_CONNECT_TIMEOUT_MS,
          timeout: VERIFICATION_QUERY_TIMEOUT_MS * INVARIANTS.length,
        },
      ),
    async alone(work) {
      const db = rowsOf(prisma, { checkRows: true });
      const { taken } = await db.one(taking)`SELECT pg_try_advisory_lock(${VERIFYING_LOCK}::bigint) AS taken`;
      if (!taken) return undefined;
      const done = work().finally(() => prisma.$executeRaw`SELECT pg_advisory_unlock(${VERIFYING_LOCK}::bigint)`);
      return { done };
    },
    async record(findings) {
      await prisma.$transaction([
        prisma.$executeRaw`SELECT set_config('enable_seqscan', 'on', true)`,
        prisma.$executeRaw`
          INSERT INTO ledger_total (accounts, balance, held, debt, earned, spent)
          SELECT count(*), coalesce(sum(balance), 0), coalesce(sum(held), 0), coalesce(sum(debt), 0), coalesce(sum(earned), 0), coalesce(sum(spent), 0)
            FROM account
          ON CONFLICT (id) DO UPDATE SET accounts = excluded.accounts, balance = excluded.balance, held = excluded.held, debt = excluded.debt,
            earned = excluded.earned, spent = excluded.spent, counted_at = clock_timestamp()`,
      ]);
      for (const { invariant, violations } of findings) {
        await prisma.$executeRaw`
          INSERT INTO verification (invariant, violations) VALUES (${invariant.id}, ${violations}::bigint)
          ON CONFLICT (invariant) DO UPDATE SET violations = excluded.violations, checked_at = clock_timestamp()`;
      }
    },
  };
}

/** An invariant's query, with the sweep period where it is asked for. */
function statementOf({ sql }: Invariant, sweepSeconds: number): Prisma.Sql {
  const texts = sql.split('$1');
  return new Prisma.Sql(
    texts,
    texts.slice(1).map(() => sweepSeconds),
  );
}
