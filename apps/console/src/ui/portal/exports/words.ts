import type { Operations } from '@turnpike/client';

export type Export = Operations['platform.listExports']['answers']['items'][number];

/** What an export may hold, in the words of the page. */
export const KINDS = [
  { kind: 'requests', name: 'Requests', about: 'each with its route, key, answer, time and what it cost' },
  { kind: 'transactions', name: 'Credit entries', about: 'every entry of the organisation’s credit account' },
] as const;

export const STATE_TONES = { running: 'accent', ready: 'ok', failed: 'bad' } as const;

const FAILURES: Readonly<Record<NonNullable<Export['failure']>, string>> = {
  refused_address: 'the address of the store is not allowed',
  dns: 'the name of the store was not found',
  tls: 'the store has no certificate that can be trusted',
  timeout: 'the store did not answer in time',
  denied: 'the store refused the credentials',
  no_such_bucket: 'the store has no such bucket',
  checksum: 'the store kept something else than was sent',
  other: 'the store refused it',
  too_large: 'it is too much for one export: ask for a shorter time',
  store_changed: 'the store that it was written to was given up',
  unavailable: 'a service of the gateway did not answer',
};

/** Why an export could not be gone on with, and whether that is the end of it. */
export function failureWords({ state, failure }: Pick<Export, 'state' | 'failure'>): string | undefined {
  if (failure === null) return undefined;
  return state === 'running' ? `${FAILURES[failure]}; it is tried again` : FAILURES[failure];
}

const DAY_MS = 86_400_000;

/** The time that is asked for by its first day and its last one, both included and both as `2026-11-28`; what is not told is left out. */
export function timesOf(
  first: string | undefined,
  last: string | undefined,
): { readonly from?: string; readonly to?: string } {
  return {
    ...(first === undefined ? {} : { from: `${first}T00:00:00.000Z` }),
    ...(last === undefined ? {} : { to: new Date(Date.parse(`${last}T00:00:00.000Z`) + DAY_MS).toISOString() }),
  };
}
