import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { TokenPair } from '@turnpike/client';
import type { SealedStore } from '../sessions/sealed-store.ts';

const KIND = 'ticket';
const TICKET_BYTES = 32;
/** Life of a ticket that nobody uses, in milliseconds: as long as somebody may leave a terminal with it alone. */
const TICKET_LIFE_MS = 12 * 3_600_000;

/** A pair of tokens, as whoever starts the stack hands it over. */
export const ticketTokens = z.object({
  access_token: z.string().min(1).max(8_192),
  refresh_token: z.string().min(1).max(8_192),
  expires_in: z.number().int().positive(),
});

/** Sign-ins that were made outside, and wait for a browser to take them up, once. */
export class Tickets {
  readonly #store: SealedStore;

  constructor(store: SealedStore) {
    this.#store = store;
  }

  async make(tokens: TokenPair): Promise<string> {
    const ticket = randomBytes(TICKET_BYTES).toString('base64url');
    await this.#store.put(KIND, ticket, tokens, TICKET_LIFE_MS);
    return ticket;
  }

  /** The tokens, for the first who comes with the ticket. */
  async take(ticket: string): Promise<TokenPair | undefined> {
    const tokens = ticketTokens.safeParse(await this.#store.take(KIND, ticket));
    return tokens.success ? tokens.data : undefined;
  }
}
