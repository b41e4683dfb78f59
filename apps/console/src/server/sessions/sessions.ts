import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { AuthenticationError, type TokenPair } from '@turnpike/client';
import type { SignInMethod } from '../../shared/session-view.ts';
import type { Client, Gateway } from '../gateway.ts';
import type { SealedStore } from './sealed-store.ts';

const KIND = 'session';
/** Random bytes of a session's cookie. */
const COOKIE_BYTES = 32;
/** An access token with less than this left is replaced before it is used, in milliseconds. */
const RENEW_BEFORE_MS = 30_000;
/** Access tokens that are remembered as refused. */
const DOUBTED_MAX = 10_000;

const storedSession = z.object({
  accessToken: z.string(),
  accessEndsMs: z.number(),
  refreshToken: z.string(),
  method: z.enum(['code', 'password', 'demo', 'ticket', 'apple', 'google', 'github']),
  signedInMs: z.number(),
});
type StoredSession = z.output<typeof storedSession>;

/** Somebody's session at the console. `secret` is the cookie. */
export interface Session extends StoredSession {
  readonly secret: string;
}

export interface SessionsOptions {
  readonly store: SealedStore;
  readonly gateway: Gateway;
  readonly idleMs: number;
  readonly lifeMs: number;
  readonly now: () => number;
}

/** Who is signed in at the console: an opaque cookie outside, tokens sealed in Redis inside. */
export class Sessions {
  readonly #options: SessionsOptions;
  /** Refreshes under way by cookie: however many calls wait, one asks. Auth answers those of other instances alike for 30 seconds. */
  readonly #renewals = new Map<string, Promise<Session | undefined>>();

  readonly #doubted = new Set<string>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Begins one; the cookie is always a new one. */
  async begin(tokens: TokenPair, method: SignInMethod): Promise<Session> {
    const nowMs = this.#options.now();
    const session = {
      secret: randomBytes(COOKIE_BYTES).toString('base64url'),
      ...pairOf(tokens, nowMs),
      method,
      signedInMs: nowMs,
    };
    const { secret, ...stored } = session;
    await this.#options.store.put(KIND, secret, stored, this.#options.idleMs);
    return session;
  }

  /** The session of a cookie with an access token that is good for a while; `undefined` where it has ended. */
  async find(secret: string, client: Client): Promise<Session | undefined> {
    const { store, idleMs, lifeMs, now } = this.#options;
    const stored = storedSession.safeParse(await store.use(KIND, secret, idleMs));
    if (!stored.success) return undefined;
    const session = { secret, ...stored.data };
    if (session.signedInMs + lifeMs < now()) {
      await this.end(secret);
      return undefined;
    }
    const good = session.accessEndsMs - now() >= RENEW_BEFORE_MS && !this.#doubted.has(session.accessToken);
    return good ? session : this.#renewed(session, client);
  }

  /** The next call asks auth whether the session still lives: the gateway refused its token. */
  doubt({ accessToken }: Session): void {
    if (this.#doubted.size >= DOUBTED_MAX) this.#doubted.clear();
    this.#doubted.add(accessToken);
  }

  async end(secret: string): Promise<void> {
    await this.#options.store.remove(KIND, secret);
  }

  #renewed(session: Session, client: Client): Promise<Session | undefined> {
    const { secret } = session;
    const underWay = this.#renewals.get(secret);
    if (underWay !== undefined) return underWay;
    const renewal = this.#renew(session, client).finally(() => this.#renewals.delete(secret));
    this.#renewals.set(secret, renewal);
    return renewal;
  }

  async #renew(session: Session, client: Client): Promise<Session | undefined> {
    try {
      const tokens = await this.#options.gateway
        .for(client)
        .call('auth.refresh', { body: { refresh_token: session.refreshToken } });
      const nowMs = this.#options.now();
      const { secret, ...stored } = { ...session, ...pairOf(tokens, nowMs) };
      const { store, idleMs } = this.#options;
      // Somebody who signed out while auth was asked stays signed out.
      return (await store.replace(KIND, secret, stored, idleMs)) ? { secret, ...stored } : undefined;
    } catch (error) {
      // An outage leaves the session as it is.
      if (!(error instanceof AuthenticationError)) throw error;
      await this.end(session.secret);
      return undefined;
    }
  }
}

function pairOf(tokens: TokenPair, nowMs: number) {
  return {
    accessToken: tokens.access_token,
    accessEndsMs: nowMs + tokens.expires_in * 1_000,
    refreshToken: tokens.refresh_token,
  };
}
