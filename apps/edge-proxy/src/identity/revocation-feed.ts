import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { listRevocations, REVOCATION_STREAM, revocation, type RevocationNotice } from '@turnpike/contracts';
import type { Logger } from '@turnpike/service-kit';
import type { InternalHttp } from '../neighbours/internal-http.ts';
import type { Store } from '../stores/redis.ts';
import { deadline } from '../time.ts';

export interface RevocationFeedOptions {
  /** A connection of its own: reading the stream blocks it. */
  readonly store: Store;
  readonly auth: InternalHttp;
  /** How often auth is asked while the stream cannot be read, in milliseconds. */
  readonly pollMs: number;
  readonly logger: Logger;
  readonly now: () => number;
  readonly onRevocation: (notice: RevocationNotice, source: 'stream' | 'poll') => void;
}

/** How long one read waits for news, in milliseconds. Its return without any proves that there were none. */
const BLOCK_MS = 300;
/** A read that takes longer than this has lost its connection, in milliseconds. */
const READ_TIMEOUT_MS = 1_500;
/** Auth is asked as well when the last read is older than this, in milliseconds, long before the read itself is given up. */
const DOUBTFUL_MS = 500;
const ENTRIES_PER_READ = 1_000;
/** How often auth is asked although the stream works, in milliseconds: for what was never published, and to know auth's clock. */
const SAFETY_POLL_MS = 15_000;
/** Notices remembered, so that one heard on both ways, or twice, acts once. */
const NOTICES_MAX = 50_000;

/**
 * Hears what lost access: from auth's stream within milliseconds, and by asking auth while Redis is away. Each way covers the other's
 * gaps: the stream is read on from the last entry seen, and auth is asked for everything since its last answer.
 */
export class RevocationFeed {
  readonly #options: RevocationFeedOptions;
  readonly #heard = new LRUCache<string, true>({ max: NOTICES_MAX });
  readonly #stop = new AbortController();
  #lastId: string | undefined;
  /** Auth's clock at its last answer, RFC 3339. */
  #since: string | undefined;
  #streaming = false;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #polledAtMs = Number.NEGATIVE_INFINITY;
  #currentAtMs: number;

  constructor(options: RevocationFeedOptions) {
    this.#options = options;
    this.#currentAtMs = options.now();
    void this.#follow();
    void this.#poll();
  }

  /** Seconds since this edge last knew of every revocation there was. */
  get ageSeconds(): number {
    return (this.#options.now() - this.#currentAtMs) / 1_000;
  }

  close(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    const { logger, pollMs, now } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        await deadline(this.#read(), READ_TIMEOUT_MS, 'reading the stream');
        if (!this.#streaming) {
          logger.info('following revocations on the stream');
          // What was announced between the last poll and this first read is only known to auth.
          this.#polledAtMs = Number.NEGATIVE_INFINITY;
        }
        this.#streaming = true;
        this.#readAtMs = now();
        this.#currentAtMs = this.#readAtMs;
      } catch (err) {
        if (this.#streaming) logger.warn({ err }, 'the revocation stream cannot be read; auth is asked instead');
        this.#streaming = false;
        await this.#pause(pollMs);
      }
    }
  }

  /** Reads on from the last entry seen; the first read only finds where the stream ends, since nothing is cached before it. */
  async #read(): Promise<void> {
    const { store } = this.#options;
    if (this.#lastId === undefined) {
      const [newest] = await store.xrevrange(REVOCATION_STREAM, '+', '-', 'COUNT', 1);
      this.#lastId = newest?.[0] ?? '0-0';
      return;
    }
    const reply = await store.xread(
      'COUNT',
      ENTRIES_PER_READ,
      'BLOCK',
      BLOCK_MS,
      'STREAMS',
      REVOCATION_STREAM,
      this.#lastId,
    );
    for (const [id, fields] of reply?.[0]?.[1] ?? []) {
      const pairs = new Map<string, string>();
      for (let index = 0; index + 1 < fields.length; index += 2)
        pairs.set(fields[index] ?? '', fields[index + 1] ?? '');
      this.#hear(Object.fromEntries(pairs), 'stream');
      this.#lastId = id;
    }
  }

  async #poll(): Promise<void> {
    const { pollMs, now } = this.#options;
    while (!this.#stop.signal.aborted) {
      const doubtful = !this.#streaming || now() - this.#readAtMs >= DOUBTFUL_MS;
      const due = doubtful || now() - this.#polledAtMs >= SAFETY_POLL_MS;
      if (due) {
        try {
          const startedAtMs = now();
          await this.#askAuth();
          this.#polledAtMs = startedAtMs;
          if (doubtful) this.#currentAtMs = startedAtMs;
        } catch {
          // Auth is away: nothing can be revoked there either. The age of what is known grows and is a metric.
        }
      }
      await this.#pause(pollMs);
    }
  }

  async #askAuth(): Promise<void> {
    const { auth, now } = this.#options;
    // At first only auth's clock is wanted: nothing is cached yet.
    const since = this.#since ?? new Date(now()).toISOString();
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ since, ...(cursor === null ? {} : { cursor }) });
      const answer = await auth.call(`${listRevocations.path}?${query.toString()}`, undefined, {
        requestId: 'revocations',
        traceparent: undefined,
      });
      const page = listRevocations.responses[200].parse(answer.body);
      for (const item of page.items) this.#hear(item, 'poll');
      cursor = page.cursor;
      if (cursor === null) this.#since = page.until;
    } while (cursor !== null);
  }

  #hear(fields: unknown, source: 'stream' | 'poll'): void {
    const notice = revocation.safeParse(fields);
    if (!notice.success) {
      this.#options.logger.error({ source }, 'a revocation could not be read');
      return;
    }
    const { kind, id, at } = notice.data;
    const name = `${kind}:${id}:${at}`;
    if (this.#heard.has(name)) return;
    this.#heard.set(name, true);
    this.#options.onRevocation(notice.data, source);
  }

  /** Waits, or less long when the feed is closed. */
  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}
