import type { Logger } from '@turnpike/service-kit';
import type { Finding, VerificationStore } from '../stores/verification-store.ts';

/** How far past its end a hold may be before invariant 10 speaks, in sweep periods: the sweep must have had time to run. */
const SWEEPS_ALLOWED = 5;

/** How far past its end an open hold may be found, in seconds. */
export function sweepAllowanceSeconds(sweepMs: number): number {
  return Math.ceil((sweepMs * SWEEPS_ALLOWED) / 1_000);
}

interface VerificationRun {
  readonly store: VerificationStore;
  readonly sweepMs: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Verifies the whole ledger, keeps what was found and logs what is broken, unless another process is at it. Resolves once it has begun, with the end of
 * it; `undefined` where another one runs.
 */
export async function beginVerification({
  store,
  sweepMs,
  logger,
  signal,
}: VerificationRun): Promise<{ readonly done: Promise<void> } | undefined> {
  const begun = await store.beginAlone(sweepAllowanceSeconds(sweepMs), signal);
  return begun && { done: begun.done.then((findings) => tell(findings, logger)) };
}

function tell(findings: readonly Finding[], logger: Logger): void {
  for (const { invariant, violations, quoted } of findings) {
    if (violations > 0)
      logger.error({ invariant: invariant.id, rule: invariant.rule, violations, quoted }, 'ledger invariant broken');
  }
}
