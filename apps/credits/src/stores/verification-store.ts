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

export function createVerificationStore({ prisma }: Database): VerificationStore {
  return {
    verify: (sweepSeconds, signal) =>
      prisma.$transaction(
        async (tx) => {
          // These read whole tables, unlike everything else this service asks.
          await tx.$executeRawUnsafe(`SET LOCAL enable_seqscan = on`);
          await tx.$executeRawUnsafe(`SET LOCAL statement_timeout = ${VERIFICATION_QUERY_TIMEOUT_MS}`);
          const findings: Finding[] = [];
          for (const invariant of INVARIANTS) {
            signal?.throwIfAborted();
            const parameters = invariant.sql.includes('$1') ? [sweepSeconds] : [];
            const counted = `WITH violation AS (${invariant.sql}) SELECT *, count(*) OVER () AS total FROM violation LIMIT ${QUOTED_MAX}`;
            const rows = await tx.$queryRawUnsafe<(Violation & { total: bigint })[]>(counted, ...parameters);
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
