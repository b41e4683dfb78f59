/** Credits as a decimal, exact to a micro-credit. */
export function inCredits(micro: bigint): string {
  const whole = micro / 1_000_000n;
  const fraction = String(micro % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return fraction === '' ? String(whole) : `${whole}.${fraction}`;
}
