import { readFlags } from '../flags.ts';

/** What can be measured on its own. */
const PARTS = ['cpu', 'metered', 'latency', 'revocation', 'sse', 'memory', 'workers'] as const;
export type Part = (typeof PARTS)[number];

/** How much is measured. The defaults are the method of the published figures. */
export interface Options {
  /** Interleaved rounds of each contender. */
  readonly rounds: number;
  /** Requests that each contender answers before anything is measured. */
  readonly warmup: number;
  /** Length of a round, in seconds. */
  readonly seconds: number;
  /** Requests under way at once. */
  readonly connections: number;
  /** Tokens, each of a user of its own, that the contenders see. */
  readonly tokens: number;
  /** Users that metered requests are spread over. */
  readonly users: number;
  /** Requests per second while latency is measured. */
  readonly rate: number;
  /** Sessions ended while their token is in every cache. */
  readonly revocations: number;
  readonly streams: number;
  /** Events of each stream. */
  readonly events: number;
  /** Time between two events of a stream, in milliseconds. */
  readonly intervalMs: number;
  /** Credentials that the edge remembers while its memory is measured. */
  readonly credentials: number;
  /** Minutes of mixed traffic while it is measured. */
  readonly minutes: number;
  readonly only: ReadonlySet<Part>;
}

const DEFAULTS = {
  rounds: 5,
  warmup: 100_000,
  seconds: 5,
  connections: 64,
  tokens: 64,
  users: 512,
  rate: 500,
  revocations: 50,
  streams: 1_000,
  events: 100,
  'interval-ms': 250,
  credentials: 100_000,
  minutes: 10,
};

/** Reads the flags. Throws a `TypeError` that names the flag at fault. */
export function readOptions(): Options {
  const { count, text } = readFlags(DEFAULTS, ['only']);
  const only = text('only')?.split(',') ?? PARTS;
  const parts = PARTS.filter((part) => only.includes(part));
  if (parts.length !== only.length) throw new TypeError(`--only takes ${PARTS.join(', ')}, separated by commas`);
  return {
    rounds: count('rounds'),
    warmup: count('warmup'),
    seconds: count('seconds'),
    connections: count('connections'),
    tokens: count('tokens'),
    users: count('users'),
    rate: count('rate'),
    revocations: count('revocations'),
    streams: count('streams'),
    events: count('events'),
    intervalMs: count('interval-ms'),
    credentials: count('credentials'),
    minutes: count('minutes'),
    only: new Set(parts),
  };
}
