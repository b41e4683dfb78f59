import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Store } from '../stores/redis.ts';
import { deadline } from '../time.ts';
import { seal, unseal } from './sealed.ts';
import { settlementSchema, type Settlement } from './settlement.ts';

/** A request that a client may repeat under one `Idempotency-Key`. */
export interface RepeatableRequest {
  readonly userId: string;
  readonly key: string;
  /** Digest of what makes two requests the same: method, target, body. */
  readonly fingerprint: string;
}

/** An answer as it was given, without what belongs to one delivery only (request id, limits). */
export interface KeptAnswer {
  readonly status: number;
  /** Flat list. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/**
 * What is known of a key: nothing, so this request is the first; the first still runs; it asked for something else; it ended, and the ledger
 * has to be told how before anything else happens under the key; or its answer.
 */
export type Claim =
  | { readonly kind: 'first'; readonly attempt: string }
  | { readonly kind: 'ended'; readonly attempt: string; readonly due: Settlement }
  | { readonly kind: 'running' | 'different' | 'unknown' }
  | { readonly kind: 'answered'; readonly answer: KeptAnswer };

/** How long answers are kept, in milliseconds: a little more than the day that is promised. */
const KEPT_MS = 25 * 3_600_000;
/** How long the store may take, in milliseconds. Without it the ledger tells whether a request is a repetition. */
const STORE_TIMEOUT_MS = 500;

const stored = z.object({
  fingerprint: z.string(),
  attempt: z.string(),
  /** Sealed, base64. */
  due: z.string().optional(),
  answer: z.string().optional(),
});
const sealedAnswer = z.object({ status: z.number(), headers: z.array(z.string()), body: z.string() });

const DROP_IF_OURS = `local text = redis.call('GET', KEYS[1])
if text and cjson.decode(text).attempt == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/** First answers of metered requests, kept in Redis for the repetitions of the same request, sealed with the client's own key. */
export class KeptAnswers {
  readonly #store: Store;
  /** How long a first request may run before a repetition takes over, in milliseconds. */
  readonly #leaseMs: number;

  constructor(store: Store, leaseMs: number) {
    this.#store = store;
    this.#leaseMs = leaseMs;
  }

  /** Claims the key for this request, or tells what became of it before. Never rejects: without the store it is `unknown`. */
  async claim(request: RepeatableRequest): Promise<Claim> {
    try {
      return await deadline(this.#claim(request), STORE_TIMEOUT_MS, 'claiming a key');
    } catch {
      return { kind: 'unknown' };
    }
  }

  async #claim({ userId, key, fingerprint }: RepeatableRequest): Promise<Claim> {
    const name = nameOf(userId, key);
    const attempt = randomUUID();
    const claimed = await this.#store.set(name, JSON.stringify({ fingerprint, attempt }), 'PX', this.#leaseMs, 'NX');
    if (claimed === 'OK') return { kind: 'first', attempt };
    const record = stored.safeParse(JSON.parse((await this.#store.get(name)) ?? 'null'));
    if (!record.success) return { kind: 'running' };
    if (record.data.fingerprint !== fingerprint) return { kind: 'different' };
    const { due } = record.data;
    if (due !== undefined)
      return { kind: 'ended', attempt: record.data.attempt, due: settlementSchema.parse(opened(key, due)) };
    if (record.data.answer === undefined) return { kind: 'running' };
    const { status, headers, body } = sealedAnswer.parse(opened(key, record.data.answer));
    return { kind: 'answered', answer: { status, headers, body: Buffer.from(body, 'base64') } };
  }

  /** Keeps the first request's answer. Never rejects. */
  async keep(
    { userId, key, fingerprint }: RepeatableRequest,
    attempt: string,
    { status, headers, body }: KeptAnswer,
  ): Promise<void> {
    const answer = closed(key, { status, headers, body: body.toString('base64') });
    await this.#store
      .set(nameOf(userId, key), JSON.stringify({ fingerprint, attempt, answer }), 'PX', KEPT_MS)
      .catch(() => {});
  }

  /**
   * Leaves word of how a first request's hold ended, for whoever repeats the request before the ledger knows. Never rejects: without the store
   * the claim stays until it runs out, and its hold with it.
   */
  async leave({ userId, key, fingerprint }: RepeatableRequest, attempt: string, due: Settlement): Promise<void> {
    await this.#store
      .set(nameOf(userId, key), JSON.stringify({ fingerprint, attempt, due: closed(key, due) }), 'PX', KEPT_MS)
      .catch(() => {});
  }

  /** Forgets a first request that came to nothing, so that it may be tried again. Never rejects. */
  async drop({ userId, key }: RepeatableRequest, attempt: string): Promise<void> {
    await this.#store.eval(DROP_IF_OURS, 1, nameOf(userId, key), attempt).catch(() => {});
  }

  /** Prolongs the lease of a first request that still runs. Never rejects. */
  async prolong({ userId, key }: RepeatableRequest): Promise<void> {
    await this.#store.pexpire(nameOf(userId, key), this.#leaseMs).catch(() => {});
  }
}

function closed(key: string, content: object): string {
  return seal(key, Buffer.from(JSON.stringify(content))).toString('base64');
}

function opened(key: string, text: string): unknown {
  return JSON.parse(unseal(key, Buffer.from(text, 'base64')).toString());
}

function nameOf(userId: string, key: string): string {
  return `{turnpike}:answers:${createHash('sha256').update(`${userId}\n${key}`).digest('base64url')}`;
}
