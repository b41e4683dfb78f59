import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ConnectionError, Turnpike, TurnpikeError, type Operations } from '@turnpike/client';
import { failureOf } from './api/run.ts';
import { gatewayOf } from './config.ts';
import { EXIT_USAGE } from './exit-codes.ts';

const USAGE = `Usage: turnpike tail [--status 4xx] [--route ID] [--user ID] [--key ID] [--code CODE] [--last N] [--json]

  Follows the records of everybody's requests, a line for each, until Ctrl-C; begins with the last N (10 unless told, at most 100).
  Records come a second or two after their answers. With --json each line is one record as JSON.

Exit codes: 0 ended by Ctrl-C; 1 refused; 64 wrong usage; 69 no gateway, or what it needs is down; 75 not now.
`;

/** The API about usage takes 60 calls a minute of one person. */
const POLL_MS = 2_000;
/** Records come a little out of order, by this much at most, in milliseconds. */
const LATE_MS = 30_000;
const PAGE = 100;
/** Records of one round that are shown; past that the rest is told of. */
const ROUND_MAX = 1_000;
const OUTAGES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

type Query = NonNullable<Operations['usage.adminListRequests']['takes']['query']>;
type Requested = Operations['usage.adminListRequests']['answers']['items'][number];

/** Runs `tail …` and resolves with the exit code once `signal` is aborted, or the API refuses. */
export async function runTail(args: readonly string[], signal: AbortSignal): Promise<number> {
  const asked = askedFor(args);
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\n${USAGE}`);
    return EXIT_USAGE;
  }
  if (asked.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { url, adminKey } = gatewayOf();
  const follower = new Follower(new Turnpike({ baseUrl: url, credentials: { adminKey } }), asked.filter);
  const show = (record: Requested): void =>
    void process.stdout.write(asked.json ? `${JSON.stringify(record)}\n` : lineOf(record));
  try {
    for (const record of await follower.first(asked.last)) show(record);
    while (!signal.aborted) {
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) for (const record of await patient(() => follower.next())) show(record);
    }
    return 0;
  } catch (error) {
    return failureOf(error);
  }
}

/** Follows the list of records, whose newest come first. */
class Follower {
  readonly #client: Turnpike;
  readonly #filter: Query;
  #seen = new Map<string, number>();
  #newestMs = Date.now();

  constructor(client: Turnpike, filter: Query) {
    this.#client = client;
    this.#filter = filter;
  }

  /** The last `count` records, oldest first. */
  async first(count: number): Promise<Requested[]> {
    const query = { ...this.#filter, limit: Math.max(count, 1) };
    const { items } = await this.#client.call('usage.adminListRequests', { query });
    return this.#unseen(items).slice(Math.max(items.length - count, 0));
  }

  /** What came since, oldest first. */
  async next(): Promise<Requested[]> {
    const from = new Date(this.#newestMs - LATE_MS).toISOString();
    const found: Requested[] = [];
    for await (const record of this.#client.pages('usage.adminListRequests', {
      query: { ...this.#filter, from, limit: PAGE },
    })) {
      found.push(record);
      if (found.length < ROUND_MAX) continue;
      process.stderr.write(
        `More than ${ROUND_MAX} at once: some are left out. Ask for fewer with --status, --route or --user.\n`,
      );
      break;
    }
    return this.#unseen(found);
  }

  #unseen(newestFirst: readonly Requested[]): Requested[] {
    const fresh = newestFirst.filter(({ id }) => !this.#seen.has(id)).toReversed();
    for (const { id, created_at: at } of fresh) this.#seen.set(id, Date.parse(at));
    this.#newestMs = Math.max(this.#newestMs, ...fresh.map(({ created_at: at }) => Date.parse(at)));
    // The next round looks back no further.
    for (const [id, atMs] of this.#seen) if (atMs < this.#newestMs - LATE_MS) this.#seen.delete(id);
    return fresh;
  }
}

/** An outage is told of, and the next round makes up for it. */
async function patient(read: () => Promise<Requested[]>): Promise<Requested[]> {
  try {
    return await read();
  } catch (error) {
    const passes = error instanceof ConnectionError || (error instanceof TurnpikeError && OUTAGES.has(error.status));
    if (!passes) throw error;
    process.stderr.write(`${error.message}; trying again\n`);
    return [];
  }
}

function lineOf(record: Requested): string {
  const { created_at: at, method, status, error_code: code, duration_ms: ms, route, request_id: id } = record;
  const facts = {
    user: record.user_id,
    key: record.key_id,
    charged: record.charged,
    upstream: record.upstream,
    request: id,
  };
  const told = Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
  const parts = [at, String(status), method, route ?? '-', ...(code === null ? [] : [code]), `${Math.round(ms)}ms`];
  // A client may have chosen the request id.
  return `${[...parts, ...told].join(' ').replaceAll(/\p{C}/gu, ' ')}\n`;
}

interface Asked {
  readonly help: boolean;
  readonly json: boolean;
  readonly last: number;
  readonly filter: Query;
}

/** What was asked for, or in a sentence what is wrong with it. */
function askedFor(args: readonly string[]): Asked | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        status: { type: 'string' },
        route: { type: 'string' },
        user: { type: 'string' },
        key: { type: 'string' },
        code: { type: 'string' },
        last: { type: 'string', default: '10' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const last = Number(values.last);
    if (!/^\d+$/.test(values.last) || last > PAGE) return `--last: a number from 0 to ${PAGE}.`;
    const { status, route, user: user_id, key: key_id, code: error_code } = values;
    const given = Object.entries({ status, route, user_id, key_id, error_code }).filter(([, value]) => value);
    return { help: values.help, json: values.json, last, filter: Object.fromEntries(given) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
