import { createSecretKey, type KeyObject } from 'node:crypto';
import { Pool } from 'undici';
import { IDLE_CONNECTION_MS_MAX } from '@turnpike/service-kit';
import { AnswerTimes } from '../domain/answer-times.ts';
import { Breaker } from '../domain/breaker.ts';
import type { UpstreamDefinition } from '../domain/upstream-definition.ts';
import { WaitingLine, type Waiting } from '../waiting-line.ts';
import { addressClassOf, type AddressClass } from './address-class.ts';
import { CallerShares } from './caller-shares.ts';

/** One address of an upstream. */
export interface Target {
  readonly origin: string;
  readonly pool: Pool;
  readonly breaker: Breaker;
  /** How fast it answers. */
  readonly answerTimes: AnswerTimes;
  /** What the last health check said; true until one says otherwise. */
  healthy: boolean;
  /** Connections that carry a request or its answer. */
  inFlight: number;
}

/** Idle connections are closed before most servers close them, so a request seldom meets a connection that is just going away. */
const KEEP_ALIVE_MS = 4_000;
const HEADER_BYTES_MAX = 65_536;
/** Requests of one caller that may wait for others of its own. */
const CALLER_QUEUE_MAX = 512;

/** An upstream with its addresses, their connections and what is known of their health. */
export class Upstream {
  readonly definition: UpstreamDefinition;
  readonly targets: readonly Target[];
  readonly signingKey: KeyObject | undefined;
  /** Of its first address; those of one upstream are alike. */
  readonly addressClass: AddressClass | undefined;
  /** What each caller has under way here. */
  readonly shares: CallerShares;
  readonly #line: WaitingLine<Target>;
  #turn = 0;
  /** Requests whose route leads here, from their match to their end. */
  #users = 0;
  #retired = false;

  constructor(definition: UpstreamDefinition) {
    const { signingSecret } = definition;
    this.definition = definition;
    this.signingKey = signingSecret === undefined ? undefined : createSecretKey(Buffer.from(signingSecret));
    const [address] = definition.addresses;
    this.addressClass = address === undefined ? undefined : addressClassOf(address);
    const { queueMax, queueTimeoutMs: timeoutMs } = definition;
    this.#line = new WaitingLine({ waitingMax: queueMax, timeoutMs });
    this.shares = new CallerShares(() => new WaitingLine({ waitingMax: CALLER_QUEUE_MAX, timeoutMs }));
    this.targets = definition.addresses.map((origin) => ({
      origin,
      pool: new Pool(origin, {
        connections: definition.connectionsMax,
        connectTimeout: definition.connectTimeoutMs,
        headersTimeout: definition.headersTimeoutMs,
        bodyTimeout: definition.idleTimeoutMs,
        keepAliveTimeout: KEEP_ALIVE_MS,
        // A backend may say how long it keeps connections; our own services keep them long, and may stop.
        ...(definition.firstParty ? { keepAliveMaxTimeout: IDLE_CONNECTION_MS_MAX } : {}),
        maxHeaderSize: HEADER_BYTES_MAX,
        allowH2: false,
      }),
      breaker: new Breaker(definition.breaker),
      answerTimes: new AnswerTimes(),
      healthy: true,
      inFlight: 0,
    }));
  }

  /** How many requests and streams one caller may have under way here, of the `concurrent` of its tier: never so many that others find no connection. */
  shareMax(concurrent: number): number {
    return Math.min(concurrent, Math.ceil(this.definition.connectionsMax / 2));
  }

  /** Connections in use, over all addresses. */
  get inFlight(): number {
    return this.targets.reduce((sum, target) => sum + target.inFlight, 0);
  }

  /** Requests that wait for a connection. */
  get waiting(): number {
    return this.#line.size;
  }

  /**
   * Takes a connection for the next attempt, to be given back with `release`: of the addresses not `tried` and whose breaker admits, the one
   * with the fewest requests under way, healthy ones first. `busy`: those addresses have none free; `undefined`: every breaker refuses.
   */
  take(tried: readonly Target[], nowMs: number): Target | 'busy' | undefined {
    let best: Target | undefined;
    let busy = false;
    this.#turn += 1;
    for (let index = 0; index < this.targets.length; index += 1) {
      const target = this.targets[(index + this.#turn) % this.targets.length];
      if (target === undefined || tried.includes(target) || target.breaker.state(nowMs) === 'open') continue;
      if (target.inFlight >= this.definition.connectionsMax) busy = true;
      else if (best === undefined || better(target, best)) best = target;
    }
    if (best === undefined) return busy ? 'busy' : undefined;
    best.inFlight += 1;
    best.breaker.begin(nowMs);
    return best;
  }

  /** A place among those who wait for a connection. Throws `LineRefusal` when there is none. */
  join(): Waiting<Target> {
    return this.#line.join();
  }

  /** Releases a connection: the attempt came to nothing, or its answer has ended. */
  release(target: Target, nowMs: number): void {
    target.inFlight -= 1;
    if (this.#line.size === 0) return;
    this.#line.serve(() => {
      const taken = this.take([], nowMs);
      return taken === 'busy' ? undefined : taken;
    });
  }

  /** A request will go here: the connections stay for it until it has left, whatever a reload says meanwhile. */
  enter(): void {
    this.#users += 1;
  }

  leave(): void {
    this.#users -= 1;
    if (this.#retired && this.#users === 0) void this.#close();
  }

  /** No further request will enter; the connections end when those that did have left. */
  retire(): void {
    this.#retired = true;
    if (this.#users === 0) void this.#close();
  }

  /** Ends all connections; running requests fail. */
  async destroy(): Promise<void> {
    await Promise.all(this.targets.map((target) => target.pool.destroy()));
  }

  async #close(): Promise<void> {
    await Promise.all(this.targets.map((target) => target.pool.close()));
  }
}

function better(candidate: Target, best: Target): boolean {
  if (candidate.healthy !== best.healthy) return candidate.healthy;
  return candidate.inFlight < best.inFlight;
}
