import { randomInt } from 'node:crypto';

/** The middle of a sample; of an even number the mean of the two in the middle. */
export function median(sample: readonly number[]): number {
  const sorted = sample.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** A quantile of an ascending sample; `share` from 0 to 1. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN;
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[]): T[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = randomInt(at + 1);
    const [a, b] = [order[at] as T, order[other] as T];
    order[at] = b;
    order[other] = a;
  }
  return order;
}

/** How two samples compare. */
export interface Comparison {
  /** Probability that a random member of the first is greater than one of the second: 0.5 where they cannot be told apart. */
  readonly superiority: number;
  /** Two-sided p-value of the Mann-Whitney U test (normal approximation, good from about 20 a side). */
  readonly p: number;
}

/** Compares two samples by ranks, which a few slow outliers do not upset. */
export function compare(first: readonly number[], second: readonly number[]): Comparison {
  const ranked = [
    ...first.map((value) => ({ value, first: true })),
    ...second.map((value) => ({ value, first: false })),
  ].toSorted((a, b) => a.value - b.value);
  let rankSum = 0;
  let at = 0;
  while (at < ranked.length) {
    let end = at;
    while (end < ranked.length && ranked[end]?.value === ranked[at]?.value) end += 1;
    const rank = (at + 1 + end) / 2;
    rankSum += rank * ranked.slice(at, end).filter((entry) => entry.first).length;
    at = end;
  }
  const pairs = first.length * second.length;
  const u = rankSum - (first.length * (first.length + 1)) / 2;
  const z = (u - pairs / 2) / Math.sqrt((pairs * (first.length + second.length + 1)) / 12);
  return { superiority: u / pairs, p: 2 * (1 - normalBelow(Math.abs(z))) };
}

/** The standard normal distribution (Abramowitz and Stegun 26.2.17; error below 1e-7). */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
