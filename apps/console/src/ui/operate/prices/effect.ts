/** A call as its record says what was charged for it. */
interface Charged {
  readonly operation: string | null;
  readonly charged: string | null;
}

/** Calls of a route that were answered, of which the newest were looked at. */
export interface Looked {
  readonly total: number;
  readonly newest: readonly Charged[];
}

/** How often a route was charged for an operation, and whether every call was looked at. */
export interface Charges {
  readonly count: number;
  readonly exact: boolean;
}

/** Whether a route that names `charge` (`generate_{preset}`, or the operation itself) can charge for an operation. */
export function canCharge(charge: string | null, operation: string): boolean {
  if (charge === null) return false;
  const parts = charge.split(/\{[a-z]+\}/).map((part) => part.replaceAll(/[.]/g, String.raw`\.`));
  return new RegExp(`^${parts.join('.+')}$`).test(operation);
}

/** Charges for an operation: counted where all calls were looked at, else by the share of them among the newest. */
export function chargesFor(operation: string, { total, newest }: Looked): Charges {
  const charged = newest.filter((call) => call.operation === operation && call.charged !== null).length;
  if (total <= newest.length) return { count: charged, exact: true };
  return { count: Math.round((charged / newest.length) * total), exact: false };
}

/** What another price would have made of these charges, in credits; six decimals, as the books have. */
export function differenceOf(charges: number, before: number | null, next: number): number {
  return Number((charges * (next - (before ?? 0))).toFixed(6));
}
