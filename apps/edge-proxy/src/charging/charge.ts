/** Methods that ask about a resource (RFC 9110 §9.3.2, §9.3.7) and have no work done for them, so nothing is held for them. */
const UNMETERED_METHODS = new Set(['HEAD', 'OPTIONS']);

/** Whether a request of this method is metered on a route that charges. */
export function isMetered(method: string | undefined): boolean {
  return method !== undefined && !UNMETERED_METHODS.has(method);
}

/** Whether a response is what was asked for: 2xx, and the 101 of a WebSocket. A redirect or a 304 is not: it names another request. */
function isSuccess(status: number): boolean {
  return status === 101 || (status >= 200 && status <= 299);
}

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

/** Success is charged: what a trusted upstream named, at most what is held, and otherwise the hold. Anything else costs nothing. */
export function chargeFor({ status, held, cost }: ChargeFacts): Charge {
  if (!isSuccess(status)) return { action: 'release' };
  return { action: 'settle', amount: Math.min(parseCost(cost) ?? held, held) };
}
