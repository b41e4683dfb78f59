import { createSecretKey, type KeyObject } from 'node:crypto';
import { Pool } from 'undici';
import { Breaker } from '../domain/breaker.ts';
import type { UpstreamDefinition } from '../domain/upstream-definition.ts';

/** One address of an upstream. */
export interface Target {
  readonly origin: string;
  readonly pool: Pool;
  readonly breaker: Breaker;
  /** What the last health check said; true until one says otherwise. */
  healthy: boolean;
  /** Requests under way. */
  inFlight: number;
}

/** Idle connections are closed before most servers close them, so a request seldom meets a connection that is just going away. */
const KEEP_ALIVE_MS = 4_000;
const HEADER_BYTES_MAX = 65_536;

/** An upstream with its addresses, their connections and what is known of their health. */
export class Upstream {
  readonly definition: UpstreamDefinition;
  readonly targets: readonly Target[];
  readonly signingKey: KeyObject | undefined;
  #turn = 0;

  constructor(definition: UpstreamDefinition) {
    const { signingSecret } = definition;
    this.definition = definition;
    this.signingKey = signingSecret === undefined ? undefined : createSecretKey(Buffer.from(signingSecret));
    this.targets = definition.addresses.map((origin) => ({
      origin,
      pool: new Pool(origin, {
        connections: definition.connectionsMax,
        connectTimeout: definition.connectTimeoutMs,
        headersTimeout: definition.headersTimeoutMs,
        bodyTimeout: definition.idleTimeoutMs,
        keepAliveTimeout: KEEP_ALIVE_MS,
        maxHeaderSize: HEADER_BYTES_MAX,
        allowH2: false,
      }),
      breaker: new Breaker(definition.breaker),
      healthy: true,
      inFlight: 0,
    }));
  }

  /**
   * The address for the next attempt: of those not `tried` and whose breaker admits, the one with the fewest requests under way, healthy
   * ones first. `undefined` when every breaker refuses.
   */
  pick(tried: readonly Target[], nowMs: number): Target | undefined {
    let best: Target | undefined;
    this.#turn += 1;
    for (let index = 0; index < this.targets.length; index += 1) {
      const target = this.targets[(index + this.#turn) % this.targets.length];
      if (target === undefined || tried.includes(target) || target.breaker.state(nowMs) === 'open') continue;
      if (best === undefined || better(target, best)) best = target;
    }
    return best;
  }

  /** Ends all connections; running requests fail. */
  async destroy(): Promise<void> {
    await Promise.all(this.targets.map((target) => target.pool.destroy()));
  }

  /** Ends the connections as their requests end. */
  async close(): Promise<void> {
    await Promise.all(this.targets.map((target) => target.pool.close()));
  }
}

function better(candidate: Target, best: Target): boolean {
  if (candidate.healthy !== best.healthy) return candidate.healthy;
  return candidate.inFlight < best.inFlight;
}
