import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { listRevocations, revocation, revocationKind } from '@turnpike/contracts';
import type { InternalHttp } from '@turnpike/ledger-client';
import type { Logger, RemoteClock } from '@turnpike/service-kit';
import type { Notice } from '../domain/notice.ts';
import type { Store } from '../stores/redis.ts';
import { digestOf } from './credential-cache.ts';
import { RevocationStream } from './revocation-stream.ts';

export interface RevocationFeedOptions {
  /** A connection of its own: reading the stream blocks it. */
  readonly store: Store;
  readonly auth: InternalHttp;
  /** How often auth is asked while the stream proves nothing, in milliseconds. */
  readonly pollMs: number;
  readonly logger: Logger;
  /** Learns the time from auth's answers. */
  readonly clock: RemoteClock;
  /** Milliseconds of a clock that never steps. */
  readonly monotonicMs: () => number;
  /** Waits by the same clock, or less long when the signal is aborted. Default: the process's timers. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onRevocation: (notice: Notice, source: 'stream' | 'poll') => void;
}

/**
 * Auth is asked as well once the stream's last proof is older than this, in milliseconds: three heartbeats, and early enough for the answer to
 * come within a second of what it tells.
 */
const DOUBTFUL_MS = 650;
/** Silence that is worth a line in the log, in milliseconds. */
const SILENCE_TOLD_MS = 3_000;
/** How often auth is asked although the stream works, in milliseconds: for what was never published, and to know auth's clock. */
const SAFETY_POLL_MS = 15_000;
/** How much of an unknown kind stands in the log, in characters. */
const KIND_CHARS_SHOWN_MAX = 64;
/** A page of auth's answer. Each row is read for itself, so that one of a later release does not hide the others. */
const pageOfRevocations = listRevocations.responses[200].extend({ items: z.array(z.unknown()) });
/** Notices remembered, so that one heard on both ways, or twice, counts once. */
const NOTICES_MAX = 50_000;

/**
 * Hears what lost access: from auth's stream within milliseconds, and by polling auth whenever heartbeats do not prove
 * that the stream told all there was (ADR 3).
 */
export class RevocationFeed {
  readonly #options: RevocationFeedOptions;
  readonly #stream: RevocationStream;
  readonly #heard = new LRUCache<string, true>({ max: NOTICES_MAX });
  readonly #stop = new AbortController();
  /** Auth's clock at its last answer, RFC 3339. */
  #since: string | undefined;
  #streaming = false;
  #silenceTold = false;
  /** All times are monotonic. Whatever was recorded before these moments is known, from the stream and from auth. */
  #provenAtMs = Number.NEGATIVE_INFINITY;
  #polledAtMs = Number.NEGATIVE_INFINITY;
  /** When entries of the stream may last have been lost. Until auth has been asked since, heartbeats prove nothing. */
  #gapAtMs: number;
  readonly #startedAtMs: number;

  constructor(options: RevocationFeedOptions) {
    this.#options = options;
    this.#stream = new RevocationStream(options.store);
    this.#startedAtMs = options.monotonicMs();
    this.#gapAtMs = this.#startedAtMs;
    void this.#follow();
    void this.#poll();
  }

  /** Seconds since this edge last knew of every revocation there was. */
  get ageSeconds(): number {
    return this.#secondsSince(Math.max(this.#provenAtMs, this.#polledAtMs));
  }

  /** The same by the stream alone: past a second auth is asked instead. */
  get streamAgeSeconds(): number {
    return this.#secondsSince(this.#provenAtMs);
  }

  #secondsSince(atMs: number): number {
    return (this.#options.monotonicMs() - Math.max(atMs, this.#startedAtMs)) / 1_000;
  }

  close(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    const { logger, pollMs, monotonicMs } = this.#options;
    let foundEndAtMs = monotonicMs();
    while (!this.#stop.signal.aborted) {
      const readAtMs = monotonicMs();
      try {
        const { notices, beat, atEnd, startedOver } = await this.#stream.read();
        for (const fields of notices) this.#hear(fields, 'stream');
        if (startedOver) logger.warn('the revocation stream is another one than before; it is read from its start');
        if (startedOver || !this.#streaming) this.#gapAtMs = monotonicMs();
        this.#streaming = true;
        // The heartbeat is younger than the read before, which had found the end of the stream.
        if (beat && atEnd && this.#polledAtMs >= this.#gapAtMs) this.#prove(foundEndAtMs);
        if (atEnd) foundEndAtMs = readAtMs;
      } catch (err) {
        if (this.#streaming) logger.warn({ err }, 'the revocation stream cannot be read; auth is asked instead');
        this.#streaming = false;
        await this.#pause(pollMs);
      }
    }
  }

  #prove(atMs: number): void {
    this.#provenAtMs = atMs;
    if (this.#silenceTold) this.#options.logger.info('the revocation stream has heartbeats again');
    this.#silenceTold = false;
  }

  async #poll(): Promise<void> {
    const { pollMs, monotonicMs } = this.#options;
    while (!this.#stop.signal.aborted) {
      const nowMs = monotonicMs();
      const dueInMs = Math.min(this.#provenAtMs + DOUBTFUL_MS, this.#polledAtMs + SAFETY_POLL_MS) - nowMs;
      if (dueInMs > 0) {
        await this.#pause(dueInMs);
        continue;
      }
      this.#tellSilence(nowMs);
      try {
        await this.#pollOnce();
        this.#polledAtMs = nowMs;
      } catch {
        // Auth is down: nothing can be revoked there either, and the age of what is known is a metric.
      }
      await this.#pause(pollMs);
    }
  }

  #tellSilence(nowMs: number): void {
    if (this.#silenceTold || nowMs - Math.max(this.#provenAtMs, this.#startedAtMs) < SILENCE_TOLD_MS) return;
    this.#options.logger.warn('no heartbeat on the revocation stream; auth is asked instead');
    this.#silenceTold = true;
  }

  async #pollOnce(): Promise<void> {
    const { auth, clock, monotonicMs } = this.#options;
    // At first only auth's clock is wanted: nothing is cached yet.
    const since = this.#since ?? new Date().toISOString();
    let cursor: string | null = null;
    do {
      const sentAtMs = monotonicMs();
      const query = new URLSearchParams({ since, ...(cursor === null ? {} : { cursor }) });
      const answer = await auth.call(`${listRevocations.path}?${query.toString()}`, undefined, {
        requestId: 'revocations',
        traceparent: undefined,
      });
      const page = pageOfRevocations.parse(answer.body);
      clock.learn(Date.parse(page.until), sentAtMs, monotonicMs());
      for (const item of page.items) this.#hear(item, 'poll');
      cursor = page.cursor;
      if (cursor === null) this.#since = page.until;
    } while (cursor !== null);
  }

  #hear(fields: unknown, source: 'stream' | 'poll'): void {
    const read = revocation.safeParse(fields);
    const name = read.success ? `${read.data.kind}:${read.data.id}:${read.data.at}` : digestOf(JSON.stringify(fields));
    if (this.#heard.has(name)) return;
    this.#heard.set(name, true);
    const notice = noticeOf(read.data);
    if (notice.kind === 'unknown') {
      const kind = read.data?.kind.slice(0, KIND_CHARS_SHOWN_MAX);
      this.#options.logger.error(
        { source, kind },
        'auth revoked something that this release does not know; no caller is remembered',
      );
    }
    this.#options.onRevocation(notice, source);
  }

  /** Waits, or less long when the feed is closed. */
  #pause(ms: number): Promise<void> {
    return (this.#options.pause ?? pauseByTimer)(ms, this.#stop.signal);
  }
}

function pauseByTimer(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => {});
}

/** A notice as this release understands it. */
function noticeOf(read: z.output<typeof revocation> | undefined): Notice {
  const kind = revocationKind.safeParse(read?.kind);
  return read !== undefined && kind.success ? { kind: kind.data, id: read.id } : { kind: 'unknown' };
}
