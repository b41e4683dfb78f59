/**
 * How adding a provider to an account ended: it was added; somebody else signs in with it; the account has another one of the same provider; the person
 * cancelled; the way took too long, was used before or was begun in another session; the gateway refused; something does not answer.
 */
export const LINK_OUTCOMES = ['linked', 'taken', 'second', 'cancelled', 'expired', 'refused', 'unavailable'] as const;
export type LinkOutcome = (typeof LINK_OUTCOMES)[number];

/** Names by which the address of a page says so. */
export const LINK_SEARCH = { outcome: 'link', provider: 'provider' } as const;
