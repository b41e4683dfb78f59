import { AppError, deadline, type Logger } from '@turnpike/service-kit';
import type { Ledger } from './ledger.ts';
import { SettlementQueue } from './settlement-queue.ts';
import { nameOfSettlement, payerOfSettlement, type Settlement } from './settlement.ts';
import type { Store } from './store.ts';

/**
 * What became of telling the ledger: it recorded it; it waits in Redis and in memory, or in memory alone; the hold was gone, so that the
 * work was charged without it; the ledger refused, for good, a return or a charge.
 */
export type SettlementOutcome = 'recorded' | 'queued' | 'kept' | 'charged_anew' | 'refused' | 'lost';

export interface SettlementsOptions {
  /** Whose settlements these are; names the queue, which all its processes share. */
  readonly service: string;
  readonly ledger: Ledger;
  /** For adding to the queue: fails at once while Redis is down. */
  readonly store: Store;
  /** For the queue's worker: waits while Redis is down. */
  readonly patientStore: Store;
  readonly logger: Logger;
  /** How long the ledger may take before a settlement is put into Redis as well, in milliseconds. */
  readonly noteAfterMs: number;
  readonly onOutcome: (outcome: SettlementOutcome) => void;
}

/** Settlements kept in memory. Past that they wait in Redis alone, and with Redis down their holds expire by themselves. */
const KEPT_MAX = 100_000;
const RETRY_MS = 500;
/** Settlements told at once when the ledger answers again. */
const CONCURRENCY = 8;
/** Life of the hold under which work is charged whose own hold is gone, in seconds. */
const ANEW_TTL_SECONDS = 300;

/**
 * Tells the ledger what became of holds, and does not forget: what credits cannot take now waits in memory and in a queue in Redis, so that neither
 * the end of this process nor the loss of Redis loses it. The ledger takes the same settlement any number of times, so repeating is safe.
 */
export class Settlements {
  readonly #options: SettlementsOptions;
  readonly #queue: SettlementQueue;
  /** Not taken yet, and whether Redis has it as well. */
  readonly #kept = new Map<string, { readonly settlement: Settlement; readonly queued: boolean }>();
  readonly #telling = new Set<Promise<unknown>>();
  #retrying: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SettlementsOptions) {
    this.#options = options;
    const { service, store, patientStore } = options;
    this.#queue = new SettlementQueue({
      name: `${service}-settlements`,
      store,
      patientStore,
      tell: (settlement) => this.tell(settlement),
    });
  }

  /** Settlements that wait in this process's memory. */
  get kept(): number {
    return this.#kept.size;
  }

  /**
   * True when the ledger has recorded it, false when it waits. Never rejects. Resolves within `noteAfterMs` and `NOTE_TIMEOUT_MS`: a ledger that is
   * slow is told in the background, and what it is told is put into Redis first, as whoever waits here may let a client go on by it.
   */
  resolve(settlement: Settlement): Promise<boolean> {
    const telling = this.tell(settlement).then(
      () => true,
      () => false,
    );
    return this.#track(this.#resolve(settlement, this.#track(telling)));
  }

  async #resolve(settlement: Settlement, telling: Promise<boolean>): Promise<boolean> {
    const told = await deadline(telling, this.#options.noteAfterMs, 'telling the ledger').catch(() => undefined);
    if (told === true) return true;
    const queued = await this.#enqueue(settlement);
    if (told === false) this.#keep(settlement, queued);
    else void this.#track(this.#heard(settlement, queued, telling));
    return false;
  }

  /** A ledger that was slow has answered, or has not. */
  async #heard(settlement: Settlement, queued: boolean, telling: Promise<boolean>): Promise<void> {
    if (!(await telling)) this.#keep(settlement, queued);
    else if (queued) await this.#queue.remove(settlement);
  }

  /** Waits for what is being told, and leaves the rest to Redis and other processes. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retrying);
    // What takes long begins to wait elsewhere meanwhile.
    while (this.#telling.size > 0) await Promise.allSettled(this.#telling);
    const unqueued = [...this.#kept.values()].filter(({ queued }) => !queued);
    await Promise.allSettled(unqueued.map(({ settlement }) => this.#queue.add(settlement)));
    await this.#queue.close();
  }

  /** Throws only while credits is down; a refusal is final, since repeating it would not change the answer. */
  async tell(settlement: Settlement): Promise<void> {
    const { ledger, onOutcome } = this.#options;
    const { id, resolution, cause } = settlement;
    try {
      if (await this.#isOurs(settlement)) await ledger.resolve(id, resolution, cause);
      onOutcome('recorded');
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error;
      if (resolution.action === 'settle' && resolution.amount === '0') onOutcome('recorded');
      else if (resolution.action === 'settle') await this.#chargeAnew(settlement, resolution.amount, error);
      else this.#report('refused', settlement, error);
    }
  }

  /** Whether the hold is of the attempt that asked for it. Asking again makes it where the first question never arrived. */
  async #isOurs(settlement: Settlement): Promise<boolean> {
    const { id, unanswered, cause } = settlement;
    if (unanswered === undefined) return true;
    const { operation, attempt, ttlSeconds } = unanswered;
    const request = { payer: payerOfSettlement(settlement), what: { operation }, key: id, attempt, ttlSeconds };
    try {
      await this.#options.ledger.reserve(request, cause);
      return true;
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error;
      return false;
    }
  }

  /** The hold was given back, though the work was done: it is charged without it, once. */
  async #chargeAnew(settlement: Settlement, amount: string, refusal: AppError): Promise<void> {
    const { ledger, service } = this.#options;
    const { id, operation, cause } = settlement;
    try {
      const hold = {
        payer: payerOfSettlement(settlement),
        what: operation === undefined ? { amountMicro: amount, transactionType: 'llm' as const } : { operation },
        key: `${service}:anew:${id}`,
        ttlSeconds: ANEW_TTL_SECONDS,
      };
      const reserved = await ledger.reserve(hold, cause);
      await ledger.resolve(reserved.id, { action: 'settle', amount }, cause);
      this.#report('charged_anew', settlement, refusal);
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error;
      this.#report('lost', settlement, error);
    }
  }

  #report(outcome: 'refused' | 'charged_anew' | 'lost', settlement: Settlement, err: AppError): void {
    const { logger, onOutcome } = this.#options;
    const { id, userId, operation, resolution, cause } = settlement;
    onOutcome(outcome);
    logger.error(
      { err, reservationId: id, userId, operation, resolution, outcome, requestId: cause.requestId },
      'the ledger refused a settlement',
    );
  }

  #keep(settlement: Settlement, queued: boolean): void {
    if (this.#kept.size < KEPT_MAX) this.#kept.set(nameOfSettlement(settlement), { settlement, queued });
    this.#retryLater();
  }

  /** Whether Redis has taken it. */
  async #enqueue(settlement: Settlement): Promise<boolean> {
    const queued = await this.#queue.add(settlement).then(
      () => true,
      () => false,
    );
    this.#options.onOutcome(queued ? 'queued' : 'kept');
    return queued;
  }

  #retryLater(): void {
    if (this.#closed) return;
    this.#retrying ??= setTimeout(() => {
      this.#retrying = undefined;
      void this.#retry();
    }, RETRY_MS);
  }

  async #retry(): Promise<void> {
    const waiting = this.#kept.values();
    const drain = async (): Promise<void> => {
      for (const entry of waiting) {
        await this.tell(entry.settlement);
        this.#kept.delete(nameOfSettlement(entry.settlement));
        if (entry.queued) await this.#queue.remove(entry.settlement);
      }
    };
    // Whoever meets a ledger that is still down stops; the next round tries again.
    await this.#track(Promise.allSettled(Array.from({ length: CONCURRENCY }, drain)));
    if (this.#kept.size > 0) this.#retryLater();
  }

  #track<T>(telling: Promise<T>): Promise<T> {
    const tracked = telling.finally(() => this.#telling.delete(tracked));
    this.#telling.add(tracked);
    return tracked;
  }
}
