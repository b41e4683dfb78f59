/** Something that is not as it should be, and what to do about it. */
export interface Finding {
  readonly severity: 'red' | 'yellow';
  readonly what: string;
  readonly advice: string;
}

/** The last verification of the ledger. */
interface Verified {
  readonly verification: {
    readonly checked_at: string | null;
    readonly invariants: readonly { readonly rule: string; readonly violations: number }[];
  };
}

/** What was read of the services' own state; what has not arrived is not judged. */
interface Facts {
  /** What did not answer when it was asked last. */
  readonly unread?: readonly string[];
  readonly ledger:
    | (Verified & { readonly lag: readonly { readonly job: string; readonly seconds: number }[] })
    | undefined;
  readonly queues:
    | readonly { readonly name: string; readonly failed: number; readonly oldest_waiting_at: string | null }[]
    | undefined;
  readonly erasures: readonly { readonly requested_at: string }[] | undefined;
  readonly nowMs: number;
}

const HOUR_MS = 3_600_000;
/** A verification is due each day. */
const VERIFIED_MS_MAX = 25 * HOUR_MS;
const LAG_SECONDS_MAX = 300;
const WAITING_MS_MAX = 5 * 60_000;
const ERASURE_MS_MAX = HOUR_MS;

/** What is known of the ledger, in a word: nothing before a verification. */
export function ledgerState({ verification: { checked_at: checkedAt, invariants } }: Verified): string {
  if (invariants.some(({ violations }) => violations > 0)) return 'broken';
  return checkedAt === null ? 'unknown' : 'holds';
}

/** What there is to do about ledger, queues and erasures. */
export function findingsOf({ unread = [], ledger, queues = [], erasures = [], nowMs }: Facts): Finding[] {
  const findings: Finding[] = [];
  const add = (severity: Finding['severity'], what: string, advice: string): number =>
    findings.push({ severity, what, advice });
  const age = (at: string): number => nowMs - Date.parse(at);
  for (const name of unread)
    add(
      'yellow',
      `The ${name} could not be read`,
      'See below whether the service that keeps it is ready, and its log if it is.',
    );
  for (const { rule, violations } of ledger?.verification.invariants ?? [])
    if (violations > 0)
      add(
        'red',
        `The ledger breaks ${rule} in ${violations} places`,
        'Run `verify` of credits: it names each account. Stop granting by hand until it is explained; nothing else has to stop.',
      );
  const checked = ledger?.verification.checked_at;
  if (checked !== undefined && (checked === null || age(checked) > VERIFIED_MS_MAX))
    add(
      'yellow',
      'The ledger was not verified for a day',
      'Run a verification on the ledger’s screen, and see whether the jobs of credits run.',
    );
  for (const { job, seconds } of ledger?.lag ?? [])
    if (seconds > LAG_SECONDS_MAX)
      add(
        'yellow',
        `${job} of the ledger is ${Math.round(seconds / 60)} minutes behind`,
        'See whether the jobs of credits run (JOBS_IN_SERVICE, or its workers) and whether Redis answers them.',
      );
  for (const { name, failed, oldest_waiting_at: oldest } of queues) {
    if (failed > 0)
      add(
        'yellow',
        `${failed} jobs of ${name} failed`,
        'See why on the screen of jobs and mail; try them again once the cause is gone.',
      );
    if (oldest !== null && age(oldest) > WAITING_MS_MAX)
      add(
        'red',
        `${name} has waited for ${Math.round(age(oldest) / 60_000)} minutes`,
        'See whether the service that works on it runs.',
      );
  }
  const [first] = erasures;
  if (first !== undefined && age(first.requested_at) > ERASURE_MS_MAX)
    add(
      'red',
      'An erasure is open for more than an hour',
      'See on the screen of erasures which place does not answer, mend it, and have it tried again.',
    );
  return findings;
}
