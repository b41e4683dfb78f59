/** An ordinary decimal: what JSON, Python and JavaScript print, and `.5`. */
const DECIMAL = /^(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i;
/** Decimal places of a micro-credit. */
const PLACES = 6;
/** Digits of the longest amount that is told apart, in micro-credits; anything longer is far above every hold. */
const DIGITS_MAX = 30;

/**
 * The cost that an upstream names in credits, as micro-credits: exact whatever its precision, and rounded up. `undefined` where it is no
 * decimal, or several that differ.
 */
export function parseCost(text: string): bigint | undefined {
  const [first = '', ...others] = text.split(',').map((value) => value.trim());
  if (others.some((other) => other !== first)) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(first) ?? [];
  if (whole + fraction === '') return undefined;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return 0n;
  // How many of the digits stand before the point of the amount in micro-credits.
  const before = digits.length - fraction.length + Number(exponent) + PLACES;
  if (before > DIGITS_MAX) return 10n ** BigInt(DIGITS_MAX);
  if (before <= 0) return 1n;
  const micro = BigInt(digits.slice(0, before).padEnd(before, '0'));
  return /[1-9]/.test(digits.slice(before)) ? micro + 1n : micro;
}
