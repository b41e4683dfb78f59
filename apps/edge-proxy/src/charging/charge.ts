/** What a response means for the hold of its request, in whole credits. */
export type Charge = { readonly action: 'settle'; readonly amount: number } | { readonly action: 'release' };

export interface ChargeFacts {
  readonly status: number;
  readonly held: number;
  /** The upstream's `X-Credits-Cost`, where the upstream is trusted to name one. */
  readonly cost: string | undefined;
}

const COST = /^\d{1,12}(?:\.\d{1,6})?$/;

/** The true cost an upstream named, rounded up to whole credits; `undefined` where it named none or nothing usable. */
export function parseCost(cost: string | undefined): number | undefined {
  return cost !== undefined && COST.test(cost) ? Math.ceil(Number(cost)) : undefined;
}

/**
 * Success is charged: what a trusted upstream named, at most what is held, and otherwise the hold. A 4xx or 5xx costs nothing.
 */
export function chargeFor({ status, held, cost }: ChargeFacts): Charge {
  if (status >= 400) return { action: 'release' };
  return { action: 'settle', amount: Math.min(parseCost(cost) ?? held, held) };
}
