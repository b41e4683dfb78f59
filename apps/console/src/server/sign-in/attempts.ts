import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { signInProvider } from '@turnpike/contracts';
import type { SealedStore } from '../sessions/sealed-store.ts';

const KIND = 'attempt';
const SECRET_BYTES = 32;
/** Time that somebody may take at a provider, in milliseconds. */
export const ATTEMPT_LIFE_MS = 600_000;

const attempt = z.object({
  state: z.string(),
  verifier: z.string(),
  provider: signInProvider,
  /** Path to lead to afterwards. */
  next: z.string(),
});
export type Attempt = z.output<typeof attempt>;

/** Sign-ins that are under way at a provider, bound to the browser that began them. */
export class Attempts {
  readonly #store: SealedStore;

  constructor(store: SealedStore) {
    this.#store = store;
  }

  /** Begins one: what the browser keeps, the state that comes back, and the challenge of its verifier (PKCE, RFC 7636). */
  async begin(provider: Attempt['provider'], next: string) {
    const [secret, state, verifier] = [newSecret(), newSecret(), newSecret()];
    await this.#store.put(KIND, secret, { state, verifier, provider, next } satisfies Attempt, ATTEMPT_LIFE_MS);
    return { secret, state, challenge: createHash('sha256').update(verifier).digest('base64url') };
  }

  /** The attempt of a browser, once; `undefined` where the state is another one's. */
  async take(secret: string, state: string): Promise<Attempt | undefined> {
    const found = attempt.safeParse(await this.#store.take(KIND, secret));
    return found.success && found.data.state === state ? found.data : undefined;
  }
}

const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');
