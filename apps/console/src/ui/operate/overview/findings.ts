import { counted } from '../../design/format.ts';

/** Something that is not as it should be, and what to do about it. */
export interface Finding {
  readonly severity: 'red' | 'yellow';
  readonly what: string;
  readonly advice: string;
  /** The screen where it can be looked at, and what that is called. */
  readonly place?: readonly [to: '/operate/ledger' | '/operate/queues' | '/operate/erasures', name: string];
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

const LEDGER = ['/operate/ledger', 'Ledger'] as const;
const QUEUES = ['/operate/queues', 'Jobs and mail'] as const;
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
  const add = (severity: Finding['severity'], what: string, advice: string, place?: Finding['place']): number =>
    findings.push({ severity, what, advice, ...(place && { place }) });
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
        `The ledger breaks ${rule} in ${counted(violations, 'place')}`,
        'Run `verify` of credits: it names each account. Stop granting by hand until it is explained; nothing else has to stop.',
        LEDGER,
      );
  const checked = ledger?.verification.checked_at;
  if (checked !== undefined && (checked === null || age(checked) > VERIFIED_MS_MAX))
    add(
      'yellow',
      'The ledger was not verified for a day',
      'Run a verification on the ledger’s screen, and see whether the jobs of credits run.',
      LEDGER,
    );
  for (const { job, seconds } of ledger?.lag ?? [])
    if (seconds > LAG_SECONDS_MAX)
      add(
        'yellow',
        `${job} of the ledger is ${counted(Math.round(seconds / 60), 'minute')} behind`,
        'See whether the jobs of credits run (JOBS_IN_SERVICE, or its workers) and whether Redis answers them.',
      );
  for (const { name, failed, oldest_waiting_at: oldest } of queues) {
    if (failed > 0)
      add(
        'yellow',
        `${counted(failed, 'job')} of ${name} failed`,
        'See why, and try again once the cause is gone.',
        QUEUES,
      );
    if (oldest !== null && age(oldest) > WAITING_MS_MAX)
      add(
        'red',
        `${name} has waited for ${counted(Math.round(age(oldest) / 60_000), 'minute')}`,
        'See whether the service that works on it runs.',
        QUEUES,
      );
  }
  const [first] = erasures;
  if (first !== undefined && age(first.requested_at) > ERASURE_MS_MAX)
    add(
      'red',
      'An erasure is open for more than an hour',
      'See which place does not answer, mend it, and have it tried again.',
      ['/operate/erasures', 'Erasures'],
    );
  return findings;
}
