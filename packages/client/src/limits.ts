/** The caller's limits, as the last answer told them. */
export interface Limits {
  /** Size of the window that is closest to exhaustion, in requests. */
  readonly limit: number;
  /** Requests left in it. */
  readonly remaining: number;
  readonly resetsAt: Date;
}

/** The limits in an answer's headers; `undefined` where it has none. */
export function limitsOf(headers: Headers): Limits | undefined {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) =>
    Number(headers.get(`x-ratelimit-${name}`) ?? Number.NaN),
  );
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  if ([limit, remaining, reset].some(Number.isNaN)) return undefined;
  return { limit, remaining, resetsAt: new Date(reset * 1_000) };
}
