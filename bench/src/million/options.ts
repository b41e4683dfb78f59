import { readFlags } from '../flags.ts';

export const PARTS = ['requests', 'retention', 'maintenance', 'events', 'verify'] as const;
export type Part = (typeof PARTS)[number];

/** How much is measured. The defaults are the method of the published figures. */
export interface MillionOptions {
  /** Users, keys, accounts, allowances. */
  readonly users: number;
  /** Of how many of them something is due, or an event waits, in each backlog; at most all. */
  readonly due: number;
  /** Length of a load of each kind of request, in seconds. */
  readonly seconds: number;
  /** Requests under way at once. */
  readonly connections: number;
  readonly parts: readonly Part[];
}

/** Reads the flags. Throws a `TypeError` that names the flag at fault. */
export function readOptions(): MillionOptions {
  const { count, text } = readFlags({ users: 1_000_000, due: 1_000_000, seconds: 5, connections: 4 }, ['only']);
  const parts = (text('only') ?? PARTS.join(',')).split(',');
  const unknown = parts.find((part) => !PARTS.some((known) => known === part));
  if (unknown !== undefined) throw new TypeError(`--only knows ${PARTS.join(', ')}, not ${unknown}`);
  return {
    users: count('users'),
    due: Math.min(count('due'), count('users')),
    seconds: count('seconds'),
    connections: count('connections'),
    parts: PARTS.filter((part) => parts.includes(part)),
  };
}
