import type { Settlement } from '@turnpike/ledger-client';
import type { RequestContext } from '@turnpike/service-kit';
import { traced } from '../traced.ts';
import type { Claim, IdempotencyStore, RepeatableRequest } from './idempotency-store.ts';

/** Largest response body that is kept for repetitions, in bytes. A longer one cannot be given again, and is not made again for the same charge. */
const KEPT_BODY_BYTES_MAX = 262_144;

/** Headers that each delivery has of its own. */
const ANEW = new Set(['content-length', 'date', 'connection']);

/** The first request under an `Idempotency-Key`: its answer is recorded while it streams by, and kept if it was charged. */
export class IdempotentAttempt {
  readonly #store: IdempotencyStore;
  readonly #request: RepeatableRequest;
  readonly id: string;
  readonly #cause: RequestContext;
  readonly #prolonging: NodeJS.Timeout;
  #head: { readonly status: number; readonly headers: readonly string[] } | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #over = false;

  constructor(
    store: IdempotencyStore,
    request: RepeatableRequest,
    { attempt }: Extract<Claim, { kind: 'first' }>,
    { requestId, traceparent }: RequestContext,
    leaseMs: number,
  ) {
    this.#store = store;
    this.#request = request;
    this.id = attempt;
    this.#cause = { requestId, traceparent };
    this.#prolonging = setInterval(() => void store.prolong(request), leaseMs / 2);
    this.#prolonging.unref();
  }

  /** Whether the answer is short enough to be kept, so far. */
  get keepable(): boolean {
    return this.#bytes <= KEPT_BODY_BYTES_MAX;
  }

  /** A response begins. */
  begin(status: number, headers: readonly string[]): void {
    this.#head = {
      status,
      headers: headers.filter((_part, index) => !ANEW.has((headers[index - (index % 2)] ?? '').toLowerCase())),
    };
  }

  saw(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.keepable) this.#chunks.push(chunk);
    else this.#chunks = [];
  }

  /** The response is complete and charged. Does nothing for one that was dropped. */
  async keep(): Promise<void> {
    if (this.#head === undefined || !this.#end()) return;
    const { requestId } = this.#cause;
    const answer = { ...this.#head, body: Buffer.concat(this.#chunks), requestId };
    await traced('keep answer', this.#cause, () => this.#store.keep(this.#request, this.id, answer));
  }

  /**
   * The request came to nothing; does nothing for one that was kept. `due` is how its hold ended where the ledger does
   * not know yet: that hold must not be used again (ADR 23).
   */
  async drop(due?: Settlement): Promise<void> {
    if (!this.#end()) return;
    await traced('drop claim', this.#cause, () =>
      due === undefined ? this.#store.drop(this.#request, this.id) : this.#store.leave(this.#request, this.id, due),
    );
  }

  /** False where it has ended already. */
  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearInterval(this.#prolonging);
    return true;
  }
}

/** Frees a key once its hold has ended: before the ledger knows how, a repetition could use that hold, and lose it. */
export async function endAttempt(
  ended: Promise<Settlement | undefined> | undefined,
  attempt: IdempotentAttempt | undefined,
): Promise<void> {
  const due = await ended;
  await attempt?.drop(due);
}
