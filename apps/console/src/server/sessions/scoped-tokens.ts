import { z } from 'zod';
import type { Environment } from '@turnpike/contracts';
import type { Client, Gateway } from '../gateway.ts';
import type { SealedStore } from './sealed-store.ts';
import type { Session } from './sessions.ts';

const RENEW_BEFORE_MS = 30_000;
const stored = z.object({ accessToken: z.string(), endsMs: z.number() });

/** An organisation and environment that a page works in. */
export interface Scope {
  /** Id or slug. */
  readonly organisation: string;
  readonly environment: Environment;
}

/** Access tokens of organisations, made from a session's own when a page first works in one. */
export class ScopedTokens {
  readonly #store: SealedStore;
  readonly #gateway: Gateway;
  readonly #now: () => number;
  /** Selections under way: a screen asks for several things at once, and one selects. */
  readonly #selections = new Map<string, Promise<string>>();

  constructor(store: SealedStore, gateway: Gateway, now: () => number) {
    this.#store = store;
    this.#gateway = gateway;
    this.#now = now;
  }

  /** Throws what the gateway says where the person may not work there. */
  async of(session: Session, scope: Scope, client: Client): Promise<string> {
    const kind = kindOf(session, scope);
    const known = stored.safeParse(await this.#store.get(kind, session.secret));
    if (known.success && known.data.endsMs - this.#now() > RENEW_BEFORE_MS) return known.data.accessToken;
    const flight = `${kind} ${session.secret}`;
    const underWay = this.#selections.get(flight);
    if (underWay !== undefined) return await underWay;
    const selection = this.#select(kind, session, scope, client).finally(() => this.#selections.delete(flight));
    this.#selections.set(flight, selection);
    return await selection;
  }

  async #select(kind: string, session: Session, scope: Scope, client: Client): Promise<string> {
    const selected = await this.#gateway
      .for({ ...client, accessToken: session.accessToken })
      .call('platform.selectTenant', { body: { tenant_slug: scope.organisation, env: scope.environment } });
    const lifeMs = selected.expires_in * 1_000;
    await this.#store.put(
      kind,
      session.secret,
      { accessToken: selected.access_token, endsMs: this.#now() + lifeMs },
      lifeMs,
    );
    return selected.access_token;
  }

  /** The gateway refused the token: the next call selects anew. */
  forget(session: Session, scope: Scope): Promise<void> {
    return this.#store.remove(kindOf(session, scope), session.secret);
  }
}

const kindOf = (session: Session, { organisation, environment }: Scope): string =>
  `scoped:${organisation}:${environment}:${session.signedInMs}`;
