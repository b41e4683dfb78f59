/** The one place where credits and micro-credits meet. Inside, amounts are `bigint` micro-credits; the API speaks whole credits. */
const MICRO_PER_CREDIT = 1_000_000n;

/** Whole credits of a request, already checked to be an integer, as micro-credits. */
export function toMicro(credits: number): bigint {
  return BigInt(credits) * MICRO_PER_CREDIT;
}

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

/** A decimal amount ("0.25", "5"), exact to a micro-credit; `undefined` where it is not one. */
export function parseCredits(text: string): bigint | undefined {
  const match = /^(\d{1,10})(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) return undefined;
  return BigInt(match[1] ?? '0') * MICRO_PER_CREDIT + BigInt((match[2] ?? '').padEnd(6, '0'));
}
