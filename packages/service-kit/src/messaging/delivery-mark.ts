import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Query } from '../data/sql.ts';

/** A moment as PostgreSQL keeps it, in microseconds since 1970: exact as a number until the year 2255. */
const MICROSECONDS = '(extract(epoch FROM delivered_at) * 1000000)::bigint';
/** Rows that one statement reads. */
const PAGE_ROWS = 1_000;

export interface DeliveryMarkOptions {
  readonly redis: Redis;
  readonly query: Query;
  /** Types of events that this release knows. */
  readonly types: readonly string[];
  /** How many of the latest deliveries are looked at: as many as all queues together may hold. */
  readonly eventsMax: number;
}

const latestDelivery = z.tuple([z.object({ name: z.string(), latest: z.string().nullable() })]);
const deliveries = z.array(z.object({ id: z.string(), type: z.string(), at: z.string() }));
const moments = z.array(z.object({ at: z.string() }));

/**
 * Tells when Redis has lost events that were handed to it (it came back empty, or as it was a moment before) and makes their rows pending
 * again. The mark is kept in Redis itself, and is written after the jobs: where it stands, they do (ADR 22).
 */
export class DeliveryMark {
  readonly #options: DeliveryMarkOptions;
  #key: string | undefined;
  /** Up to where Redis is known to have had everything. */
  #known = 0;

  constructor(options: DeliveryMarkOptions) {
    this.#options = options;
  }

  /** Makes pending what Redis has lost. Returns how many events that were. */
  async restore(): Promise<number> {
    const { redis, query } = this.#options;
    if (this.#key === undefined) {
      const found = await query(
        `SELECT current_database() AS name, (SELECT ${MICROSECONDS} FROM outbox WHERE delivered_at IS NOT NULL
           ORDER BY delivered_at DESC LIMIT 1)::text AS latest`,
      );
      const [{ name, latest }] = latestDelivery.parse(found);
      this.#known = Number(latest ?? 0);
      this.#key = `{turnpike}:outbox:${name}`;
    }
    const mark = Number((await redis.zscore(this.#key, 'delivered')) ?? 0);
    const lost = mark < this.#known ? await this.#takeBack(mark) : 0;
    this.#known = mark;
    return lost;
  }

  /** The latest deliveries since the mark, page by page: all of a week may be there, and the queues held the last of them only. */
  async #takeBack(mark: number): Promise<number> {
    const { query, types, eventsMax } = this.#options;
    let taken = 0;
    let upTo = 'infinity';
    for (let read = 0; read < eventsMax; read += PAGE_ROWS) {
      const found = await query(
        `SELECT id::text, type, delivered_at::text AS at FROM outbox
          WHERE delivered_at > to_timestamp(0) + $1::float8 * interval '1 microsecond' AND delivered_at <= $2::timestamptz
          ORDER BY delivered_at DESC LIMIT $3::int`,
        mark,
        upTo,
        PAGE_ROWS,
      );
      const page = deliveries.parse(found);
      const ids = page.filter(({ type }) => types.includes(type)).map(({ id }) => id);
      await query('UPDATE outbox SET delivered_at = NULL WHERE id = ANY($1::uuid[])', ids);
      taken += ids.length;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_ROWS) break;
      // What was taken is no longer among those of the same moment.
      upTo = last.at;
    }
    return taken;
  }

  /** Marks events as delivered, in the transaction that locked their rows; pass the result to `advance` after its commit. */
  async deliver(query: Query, ids: readonly string[]): Promise<number> {
    const rows = await query(
      `UPDATE outbox SET delivered_at = clock_timestamp() WHERE id = ANY($1::uuid[]) RETURNING ${MICROSECONDS}::text AS at`,
      ids,
    );
    return Math.max(...moments.parse(rows).map(({ at }) => Number(at)));
  }

  /** Redis has everything up to this moment. */
  async advance(deliveredAt: number): Promise<void> {
    if (this.#key === undefined) return;
    await this.#options.redis.zadd(this.#key, 'GT', deliveredAt, 'delivered');
    this.#known = Math.max(this.#known, deliveredAt);
  }
}
