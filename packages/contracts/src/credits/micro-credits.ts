/** One credit in micro-credits, which is how amounts are kept. */
export const MICRO_PER_CREDIT = 1_000_000n;

/**
 * A balance, or a change of one, in whole credits, rounded down: nobody is shown a credit they cannot spend, and a charge of -4.5 reads -5.
 */
export function floorCredits(micro: bigint): number {
  const whole = micro / MICRO_PER_CREDIT;
  return Number(micro % MICRO_PER_CREDIT < 0n ? whole - 1n : whole);
}

/** A charge or a price in whole credits, rounded up. */
export function ceilCredits(micro: bigint): number {
  const whole = micro / MICRO_PER_CREDIT;
  return Number(micro % MICRO_PER_CREDIT > 0n ? whole + 1n : whole);
}

/** An amount in credits, exact to a micro-credit. Amounts up to 1,000,000,000 credits survive as numbers. */
export function exactCredits(micro: bigint): number {
  return Number(micro) / Number(MICRO_PER_CREDIT);
}
