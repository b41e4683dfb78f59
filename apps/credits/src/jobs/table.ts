import type { Logger } from '@turnpike/service-kit';
import type { UpkeepStore } from '../stores/upkeep-store.ts';
import type { VerificationStore } from '../stores/verification-store.ts';

/** One kind of upkeep. Running it twice at once, or once too often, does nothing twice: the database decides what is due. */
export interface Job {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<void>;
}

export interface JobSettings {
  readonly SWEEP_HOLDS_MS: number;
  readonly SWEEP_GRANTS_MS: number;
  readonly RENEW_MS: number;
  readonly VERIFY_MS: number;
}

/** Rows that one transaction takes, and the accounts it keeps others waiting for meanwhile. */
const BITE = 100;
/** Periods of one allowance that one transaction grants. */
const PERIODS_MAX = 24;
/** Transactions of one run; what is left then waits for the next. */
const BITES_MAX = 500;
const FORGET_EVERY_MS = 10 * 60_000;
const IDEMPOTENCY_KEPT_HOURS = 48;
const OUTBOX_KEPT_HOURS = 24;
/** How far past its end a hold may be before invariant 10 speaks, in sweep periods: the sweep must have had time to run. */
const SWEEPS_ALLOWED = 5;

/** Every kind of upkeep with its period. The outbox has a relay of its own. */
export function jobTable(
  settings: JobSettings,
  upkeep: UpkeepStore,
  verification: VerificationStore,
  logger: Logger,
): readonly Job[] {
  return [
    { name: 'expire-holds', everyMs: settings.SWEEP_HOLDS_MS, run: () => drain(() => upkeep.expireHolds(BITE)) },
    { name: 'expire-grants', everyMs: settings.SWEEP_GRANTS_MS, run: () => drain(() => upkeep.expireGrants(BITE)) },
    { name: 'renew-allowances', everyMs: settings.RENEW_MS, run: () => drain(() => upkeep.renew(BITE, PERIODS_MAX)) },
    {
      name: 'forget',
      everyMs: FORGET_EVERY_MS,
      run: () => drain(() => upkeep.forget(IDEMPOTENCY_KEPT_HOURS, OUTBOX_KEPT_HOURS, BITE)),
    },
    {
      name: 'verify',
      everyMs: settings.VERIFY_MS,
      async run() {
        const findings = await verification.verify(sweepAllowanceSeconds(settings.SWEEP_HOLDS_MS));
        await verification.record(findings);
        for (const { invariant, violations, quoted } of findings) {
          if (violations > 0)
            logger.error(
              { invariant: invariant.id, rule: invariant.rule, violations, quoted },
              'ledger invariant broken',
            );
        }
      },
    },
  ];
}

/** How far past its end an open hold may be found, in seconds. */
export function sweepAllowanceSeconds(sweepMs: number): number {
  return Math.ceil((sweepMs * SWEEPS_ALLOWED) / 1_000);
}

/** Takes bites until one finds nothing. */
async function drain(bite: () => Promise<number>): Promise<void> {
  for (let bites = 0; bites < BITES_MAX; bites += 1) if ((await bite()) === 0) return;
}
