import { Pool, type Dispatcher } from 'undici';
import type { Credential } from '../credentials/credential.ts';
import { Breaker } from './breaker.ts';

export interface VendorsOptions {
  /** How long a vendor may take to begin an answer, and be silent in it, in milliseconds. */
  readonly timeoutMs: number;
  readonly connectionsMax: number;
  readonly nowMs: () => number;
}

/** A vendor as it is reached with one credential. */
export interface Vendor {
  readonly breaker: Breaker;
  dispatch(request: VendorRequest, handler: Dispatcher.DispatchHandler): void;
}

/** A request as it is sent. */
export interface VendorRequest {
  readonly method: string;
  /** The vendor's path, with its query. */
  readonly path: string;
  readonly headers: string[];
  readonly body: Buffer | null;
}

const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 4_000;
/** Credentials whose failures are remembered. */
const BREAKERS_MAX = 10_000;

/** Connections to the vendors, one pool for each origin, and a breaker for each credential. Redirects are not followed. */
export class Vendors {
  readonly #options: VendorsOptions;
  readonly #pools = new Map<string, Pool>();
  readonly #breakers = new Map<string, Breaker>();

  constructor(options: VendorsOptions) {
    this.#options = options;
  }

  of({ id, baseUrl }: Credential): Vendor {
    const { origin, pathname } = new URL(baseUrl);
    const pool = this.#pool(origin);
    const before = pathname === '/' ? '' : pathname;
    return {
      breaker: this.#breaker(id),
      dispatch: (request, handler) => void pool.dispatch({ ...request, path: before + request.path }, handler),
    };
  }

  /** Breakers that are open. */
  get openBreakers(): number {
    return [...this.#breakers.values()].filter(({ open }) => open).length;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  #pool(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      const { timeoutMs, connectionsMax } = this.#options;
      pool = new Pool(origin, {
        connections: connectionsMax,
        connectTimeout: CONNECT_TIMEOUT_MS,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        keepAliveTimeout: KEEP_ALIVE_MS,
        allowH2: false,
      });
      this.#pools.set(origin, pool);
    }
    return pool;
  }

  #breaker(id: string): Breaker {
    let breaker = this.#breakers.get(id);
    if (breaker === undefined) {
      const [oldest] = this.#breakers.keys();
      if (this.#breakers.size >= BREAKERS_MAX && oldest !== undefined) this.#breakers.delete(oldest);
      breaker = new Breaker(this.#options.nowMs);
      this.#breakers.set(id, breaker);
    }
    return breaker;
  }
}
