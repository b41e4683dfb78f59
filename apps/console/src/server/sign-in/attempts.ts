import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { signInProvider } from '@turnpike/contracts';
import type { SealedStore } from '../sessions/sealed-store.ts';

const KIND = 'attempt';
const RETURNED_KIND = 'returned-attempt';
const SECRET_BYTES = 32;
/** Time that somebody may take at a provider, in milliseconds. */
export const ATTEMPT_LIFE_MS = 600_000;
/** The gateway's code lives no longer, in milliseconds. */
const RETURNED_LIFE_MS = 60_000;
/** What the state of an attempt to link begins with, so that one that is too old is still known for what it was. */
const LINK_STATE = 'link.';

const attempt = z.object({
  state: z.string(),
  verifier: z.string(),
  provider: signInProvider,
  /** Path to lead to afterwards. */
  next: z.string(),
  /** Digest of the session whose account the provider is added to; none for a sign-in. */
  linksTo: z.string().optional(),
});
type Attempt = z.output<typeof attempt>;

const returned = attempt.extend({
  /** The gateway's one-time code; none where it did not work out. */
  code: z.string().optional(),
  /** Why not, in the word of OAuth. */
  error: z.string().optional(),
});
/** An attempt that came back from its provider. */
export type ReturnedAttempt = z.output<typeof returned>;

/** What an attempt is for. */
export type AttemptPurpose = Pick<Attempt, 'provider' | 'next'> & {
  /** The session to whose account the provider is added; none for a sign-in. */
  readonly linkTo?: { readonly secret: string };
};

/** Ways to a provider and back that somebody is on, bound to the browser that began them. */
export class Attempts {
  readonly #store: SealedStore;

  constructor(store: SealedStore) {
    this.#store = store;
  }

  /** Begins one: what the browser keeps, the state that comes back, and the challenge of its verifier (PKCE, RFC 7636). */
  async begin({ provider, next, linkTo }: AttemptPurpose) {
    const [secret, verifier] = [newSecret(), newSecret()];
    const state = (linkTo === undefined ? '' : LINK_STATE) + newSecret();
    const linking = linkTo === undefined ? {} : { linksTo: sessionDigest(linkTo.secret) };
    const begun: Attempt = { state, verifier, provider, next, ...linking };
    await this.#store.put(KIND, secret, begun, ATTEMPT_LIFE_MS);
    return { secret, state, challenge: createHash('sha256').update(verifier).digest('base64url') };
  }

  /** Notes how the attempt of a browser came back, once; `false` where there is none, or the state is another one's. */
  async comeBack(secret: string, state: string, outcome: Pick<ReturnedAttempt, 'code' | 'error'>): Promise<boolean> {
    const found = attempt.safeParse(await this.#store.take(KIND, secret));
    if (!found.success || found.data.state !== state) return false;
    const kept: ReturnedAttempt = { ...found.data, ...outcome };
    await this.#store.put(RETURNED_KIND, secret, kept, RETURNED_LIFE_MS);
    return true;
  }

  /** The attempt of a browser that came back, once. */
  async finish(secret: string): Promise<ReturnedAttempt | undefined> {
    const found = returned.safeParse(await this.#store.take(RETURNED_KIND, secret));
    return found.success ? found.data : undefined;
  }
}

/** Whether a state is that of an attempt to link. */
export const isLinkState = (state: unknown): boolean => typeof state === 'string' && state.startsWith(LINK_STATE);

/** What an attempt knows a session by. */
export const sessionDigest = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');
