import { InternalHttp } from '@turnpike/ledger-client';
import { createLogger, RemoteClock } from '@turnpike/service-kit';
import { waitFor } from '@turnpike/test-kit';
import type { Notice } from '../../src/domain/notice.ts';
import { RevocationFeed } from '../../src/identity/revocation-feed.ts';
import { openStores } from '../../src/stores/redis.ts';
import { KEYS } from './keys.ts';

/** As long as a setting may make it, in milliseconds. */
const POLL_MS_MAX = 500;

/** Several heartbeats, in milliseconds. */
const BEATS_MS = 1_000;

/** A revocation feed on a real Redis and a real auth, whose time goes on only when a test says so. */
export interface SteppedFeed {
  /** Resolves once the stream has proven that nothing is unheard up to the present moment of the feed. */
  proven(): Promise<void>;
  /** Lets milliseconds pass at once. */
  step(ms: number): void;
  /** What was revoked, by id, and how the feed heard of it first. */
  readonly heard: ReadonlyMap<string, 'stream' | 'poll'>;
  close(): Promise<void>;
}

export function startSteppedFeed(redisUrl: string, authUrl: string): SteppedFeed {
  const logger = createLogger('stepped-feed', 'silent');
  const stores = openStores({ url: redisUrl, cluster: false, logger });
  const auth = new InternalHttp({
    service: 'auth',
    origin: authUrl,
    serviceKey: KEYS.SERVICE_API_KEY,
    timeoutMs: 30_000,
    connectionsMax: 2,
  });
  const time = new SteppedTime();
  const heard = new Map<string, 'stream' | 'poll'>();
  const feed = new RevocationFeed({
    store: stores.waitingStore,
    auth,
    pollMs: POLL_MS_MAX,
    logger,
    clock: new RemoteClock(),
    monotonicMs: () => time.nowMs,
    pause: (ms, signal) => time.pause(ms, signal),
    onRevocation(notice: Notice, source) {
      if (notice.kind !== 'unknown') heard.set(notice.id, source);
    },
  });
  return {
    async proven() {
      // Each step ends whatever pause the feed is in, and only a proof that is younger than the last step makes the age zero.
      await waitFor(async () => {
        time.step(POLL_MS_MAX);
        return await waitFor(() => feed.streamAgeSeconds === 0, { timeoutMs: BEATS_MS });
      });
    },
    step: (ms) => time.step(ms),
    heard,
    async close() {
      feed.close();
      stores.disconnect();
      await auth.close();
    },
  };
}

/** Pauses end when their time has come by `step`, never by themselves. */
class SteppedTime {
  nowMs = 0;
  readonly #pauses = new Set<{ readonly untilMs: number; readonly end: () => void }>();

  step(ms: number): void {
    this.nowMs += ms;
    for (const pause of this.#pauses) if (pause.untilMs <= this.nowMs) pause.end();
  }

  pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const pause = {
        untilMs: this.nowMs + ms,
        end: () => {
          this.#pauses.delete(pause);
          resolve();
        },
      };
      this.#pauses.add(pause);
      signal.addEventListener('abort', pause.end, { once: true });
    });
  }
}
