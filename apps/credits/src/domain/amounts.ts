import { MICRO_PER_CREDIT } from '@turnpike/contracts';

/** With `@turnpike/contracts`' own, the one place where credits and micro-credits meet. Inside, amounts are `bigint` micro-credits. */
export { ceilCredits, exactCredits, floorCredits } from '@turnpike/contracts';

/** Whole credits of a request, already checked to be an integer, as micro-credits. */
export function toMicro(credits: number): bigint {
  return BigInt(credits) * MICRO_PER_CREDIT;
}

/** What a request names in whole credits or in micro-credits, as micro-credits; `undefined` where it names neither. */
export function amountIn(named: {
  amount?: number | undefined;
  amount_micro?: string | undefined;
}): bigint | undefined {
  if (named.amount_micro !== undefined) return BigInt(named.amount_micro);
  return named.amount === undefined ? undefined : toMicro(named.amount);
}

/** A decimal amount ("0.25", "5"), exact to a micro-credit; `undefined` where it is not one. */
export function parseCredits(text: string): bigint | undefined {
  const match = /^(\d{1,10})(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) return undefined;
  return BigInt(match[1] ?? '0') * MICRO_PER_CREDIT + BigInt((match[2] ?? '').padEnd(6, '0'));
}
