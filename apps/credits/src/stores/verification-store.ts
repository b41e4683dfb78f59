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
  /** Keeps what a verification found, for metrics. */
  record(findings: readonly Finding[]): Promise<void>;
}

const violation = z.object({ subject: z.string(), expected: z.string(), found: z.string(), total: z.bigint() });

export function createVerificationStore({ client, prisma }: Database): VerificationStore {
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
    async record(findings) {
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
