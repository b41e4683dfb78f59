import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { settlementSchema, type Settlement } from '@turnpike/ledger-client';
import { deadline } from '@turnpike/service-kit';
import type { Store } from '../stores/redis.ts';
import { decodeRecord, encodeRecord, openContent, sealContent } from './idempotency-record.ts';
import { DROP_SCRIPT, KEEP_SCRIPT } from './idempotency-scripts.ts';

/** A request that a client may repeat under one `Idempotency-Key`. */
export interface RepeatableRequest {
  /** In whose name the key counts. */
  readonly keyScope: string;
  readonly key: string;
  /** Digest of what makes two requests the same: method, target, body. */
  readonly fingerprint: string;
}

/** An answer as it was given, without what belongs to one delivery only (request id, limits). */
export interface StoredResponse {
  readonly status: number;
  /** Flat list. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** Of the request that was answered so; answers kept by an earlier release have none. */
  readonly requestId: string | undefined;
}

/**
 * What is known of a key: nothing, so this request is the first as far as the store knows, which may have lost what it knew (the ledger decides);
 * the first still runs; it asked for something else; it ended, and the ledger has to be told how before anything else happens under the key; or its
 * answer.
 */
export type Claim =
  | { readonly kind: 'first'; readonly attempt: string }
  | { readonly kind: 'ended'; readonly attempt: string; readonly due: Settlement }
  | { readonly kind: 'running' | 'different' }
  | { readonly kind: 'answered'; readonly answer: StoredResponse };

export interface IdempotencyStoreOptions {
  readonly store: Store;
  /** How long a first request may run before a repetition takes over, in milliseconds. */
  readonly leaseMs: number;
  /** What the answers of one user may take in Redis, in bytes; the oldest make room. */
  readonly bytesPerUserMax: number;
}

/** How long answers are kept, in milliseconds: a little more than the day that is promised. */
const KEPT_MS = 25 * 3_600_000;
/** What an answer takes in Redis besides its own bytes: its name, three times, and the entries of its user's lists. */
const ENTRY_BYTES = 512;
/** How long the store may take, in milliseconds. Without it the ledger tells whether a request is a repetition. */
const STORE_TIMEOUT_MS = 500;

const answerHead = z.object({
  status: z.number(),
  headers: z.array(z.string()),
  requestId: z.string().optional(),
});

/** First answers of metered requests, kept in Redis for the repetitions of the same request, sealed with the client's own key. */
export class IdempotencyStore {
  readonly #options: IdempotencyStoreOptions;
  /** The claims of this process's requests, by name: a store that was down, or lost them, is told again. */
  readonly #running = new Map<string, { readonly attempt: string; readonly record: Buffer }>();

  constructor(options: IdempotencyStoreOptions) {
    this.#options = options;
    options.store.on('ready', () => {
      for (const [name, { record }] of this.#running) void this.#claimFor(name, record).catch(() => {});
    });
  }

  /** Claims the key for this request, or tells what became of it before. Never rejects: without the store it is the first. */
  async claim(request: RepeatableRequest): Promise<Claim> {
    const { keyScope, key, fingerprint } = request;
    const name = nameOf(keyScope, key);
    const attempt = randomUUID();
    const record = encodeRecord({ kind: 'running', attempt, fingerprint, sealed: Buffer.alloc(0) });
    const claiming = this.#claimFor(name, record).then((ours) => (ours ? undefined : this.#read(name, request)));
    try {
      const other = await deadline(claiming, STORE_TIMEOUT_MS, 'claiming a key');
      if (other !== undefined) return other;
      this.#running.set(name, { attempt, record });
    } catch {
      if (!this.#running.has(name)) this.#running.set(name, { attempt, record });
    }
    return { kind: 'first', attempt };
  }

  /** What became of a key that somebody else has claimed. */
  async #read(name: string, { key, fingerprint }: RepeatableRequest): Promise<Claim> {
    const bytes = await this.#options.store.getBuffer(name);
    const record = bytes === null ? undefined : decodeRecord(bytes);
    if (record === undefined) return { kind: 'running' };
    if (record.fingerprint !== fingerprint) return { kind: 'different' };
    if (record.kind === 'running') return { kind: 'running' };
    const { value, body } = openContent(key, record.sealed);
    return record.kind === 'ended'
      ? { kind: 'ended', attempt: record.attempt, due: settlementSchema.parse(value) }
      : { kind: 'answered', answer: answerFrom(value, body) };
  }

  async #claimFor(name: string, record: Buffer): Promise<boolean> {
    return (await this.#options.store.set(name, record, 'PX', this.#options.leaseMs, 'NX')) === 'OK';
  }

  /** Keeps the first request's answer. Never rejects. */
  async keep(
    { keyScope, key, fingerprint }: RepeatableRequest,
    attempt: string,
    { status, headers, body, requestId }: StoredResponse,
  ): Promise<void> {
    const name = this.#over(keyScope, key, attempt);
    const sealed = sealContent(key, { status, headers, requestId }, body);
    const record = encodeRecord({ kind: 'answered', attempt, fingerprint, sealed });
    const lists = listsOf(keyScope);
    await this.#options.store
      .eval(
        KEEP_SCRIPT,
        1 + lists.length,
        name,
        ...lists,
        record,
        record.length + ENTRY_BYTES,
        this.#options.bytesPerUserMax,
        KEPT_MS,
      )
      .catch(() => {});
  }

  /**
   * Leaves word of how a first request's hold ended, for whoever repeats the request before the ledger knows. Never rejects: without the store
   * the claim stays until it runs out, and its hold with it.
   */
  async leave({ keyScope, key, fingerprint }: RepeatableRequest, attempt: string, due: Settlement): Promise<void> {
    const record = encodeRecord({ kind: 'ended', attempt, fingerprint, sealed: sealContent(key, due) });
    await this.#options.store.set(this.#over(keyScope, key, attempt), record, 'PX', KEPT_MS).catch(() => {});
  }

  /** Forgets a first request that came to nothing, so that it may be tried again. Never rejects. */
  async drop({ keyScope, key }: RepeatableRequest, attempt: string): Promise<void> {
    await this.#options.store.eval(DROP_SCRIPT, 1, this.#over(keyScope, key, attempt), attempt).catch(() => {});
  }

  /** Prolongs the lease of a first request that still runs, or takes it again where the store has lost it. Never rejects. */
  async prolong({ keyScope, key }: RepeatableRequest): Promise<void> {
    const { store, leaseMs } = this.#options;
    const name = nameOf(keyScope, key);
    const claim = this.#running.get(name);
    const prolonged = await store.pexpire(name, leaseMs).catch(() => 1);
    if (prolonged === 0 && claim !== undefined) await this.#claimFor(name, claim.record).catch(() => {});
  }

  #over(keyScope: string, key: string, attempt: string): string {
    const name = nameOf(keyScope, key);
    if (this.#running.get(name)?.attempt === attempt) this.#running.delete(name);
    return name;
  }
}

function answerFrom(value: unknown, body: Buffer): StoredResponse {
  const { status, headers, requestId } = answerHead.parse(value);
  return { status, headers, body, requestId };
}

function nameOf(keyScope: string, key: string): string {
  return `{turnpike}:answers:${digest(`${keyScope}\n${key}`)}`;
}

/** The lists of a user's answers: by time, and their sizes. */
function listsOf(keyScope: string): [string, string] {
  const user = digest(keyScope);
  return [`{turnpike}:kept:${user}:times`, `{turnpike}:kept:${user}:sizes`];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
