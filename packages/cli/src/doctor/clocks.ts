import { withClient } from '@turnpike/migrate';
import { problem, TIMEOUT_MS, warning, type Check, type Environment, type Finding } from './finding.ts';
import { edgesOf } from './gateway.ts';
import { optionsOf, withRedis } from './stores.ts';

/** Difference between two clocks that is worth a warning, in milliseconds. */
const APART_MS_MAX = 2_000;
/** Past this services say that they are not ready, in milliseconds; past 300 s signatures fail. */
const FAILING_MS = 30_000;
/** An edge reports every two seconds, and what it said stands for ten, in milliseconds. */
const REPORT_AGE_MS_MAX = 10_000;
/** An HTTP date has whole seconds, in milliseconds. */
const HTTP_DATE_MS = 1_000;
/** Services that are asked where their address is known. */
const SERVICES = ['AUTH_URL', 'USERS_URL', 'CREDITS_URL', 'USAGE_URL', 'LLM_URL'] as const;

/** A clock: how far it is ahead of this machine's, between two bounds, in milliseconds. */
interface Reading {
  readonly name: string;
  readonly atLeast: number;
  readonly atMost: number;
}

const HERE: Reading = { name: 'this machine', atLeast: 0, atMost: 0 };

/** Compares every clock that can be read with the database's, by which tokens, holds and expiries are judged. */
export const clocksCheck: Check = {
  name: 'clocks',
  run: async (environment) => {
    // What does not answer is another check's to tell.
    const asked = await Promise.allSettled(readingsOf(environment));
    const readings = asked.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    const reference = readings[0] ?? HERE;
    return [...readings.slice(1), HERE].flatMap((reading) => apart(reading, reference));
  },
};

/** The database first: the others are compared with it where it answers. */
function readingsOf(environment: Environment): Promise<Reading[]>[] {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, TURNPIKE_URL: edgeUrl } = environment;
  const services = SERVICES.flatMap((name) => {
    const url = environment[name];
    return url ? [readHttp(name.replace('_URL', '').toLowerCase(), url)] : [];
  });
  return [
    ...(databaseUrl ? [readPostgres(databaseUrl)] : []),
    ...(redisUrl ? [readRedis(redisUrl)] : []),
    ...(edgeUrl ? [readHttp('the edge', edgeUrl)] : []),
    ...services,
    readEdges(environment),
  ];
}

async function readPostgres(url: string): Promise<Reading[]> {
  return withClient(optionsOf(url), async (client) => {
    const askedMs = Date.now();
    const { rows } = await client.query<{ now: string }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::text AS now',
    );
    return [readingOf('PostgreSQL', Number(rows[0]?.now), askedMs)];
  });
}

async function readRedis(url: string): Promise<Reading[]> {
  return withRedis(url, async (redis) => {
    const askedMs = Date.now();
    const [seconds = 0, micros = 0] = (await redis.time()).map(Number);
    return [readingOf('Redis', seconds * 1_000 + micros / 1_000, askedMs)];
  });
}

async function readHttp(name: string, url: string): Promise<Reading[]> {
  const askedMs = Date.now();
  const response = await fetch(new URL('/health', url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const shown = Date.parse(response.headers.get('date') ?? '');
  const reading = readingOf(name, shown, askedMs, HTTP_DATE_MS);
  await response.body?.cancel();
  return Number.isNaN(shown) ? [] : [reading];
}

async function readEdges(environment: Environment): Promise<Reading[]> {
  const askedMs = Date.now();
  return (await edgesOf(environment)).map(({ host, pid, reported_at: at }) =>
    readingOf(`the edge ${host}/${pid}`, Date.parse(at), askedMs, REPORT_AGE_MS_MAX),
  );
}

/** A clock showed `shownMs`, or up to `moreMs` later, at some moment since `askedMs`. */
function readingOf(name: string, shownMs: number, askedMs: number, moreMs = 0): Reading {
  return { name, atLeast: shownMs - Date.now(), atMost: shownMs + moreMs - askedMs };
}

function apart(clock: Reading, reference: Reading): Finding[] {
  const aheadMs = clock.atLeast - reference.atMost;
  const behindMs = reference.atLeast - clock.atMost;
  const offMs = Math.max(aheadMs, behindMs);
  if (offMs <= APART_MS_MAX) return [];
  const tell = offMs > FAILING_MS ? problem : warning;
  return [
    tell(
      `The clock of ${clock.name} is ${Math.round(offMs / 1_000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${reference.name}.`,
      'Mend time synchronisation (NTP) on both hosts.',
    ),
  ];
}
