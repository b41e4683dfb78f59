import { getCosts } from '@turnpike/contracts';
import type { InternalHttp } from '@turnpike/ledger-client';
import { uuidv7, type Logger } from '@turnpike/service-kit';
import { defaultOperation } from '../domain/operation.ts';
import type { Route } from '../domain/route.ts';

export interface PriceCheckOptions {
  readonly credits: InternalHttp;
  /** The routes in force. */
  readonly routes: () => readonly Route[];
  readonly logger: Logger;
}

/** Pause before credits is asked again while it does not answer, in milliseconds. */
const RETRY_MS = 2_000;

/** Says in the log which routes charge for an operation that has no price: a call of one is 503, because nobody knows what it costs. */
export class PriceCheck {
  readonly #options: PriceCheckOptions;
  #latest = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PriceCheckOptions) {
    this.#options = options;
  }

  /** Checks the routes now in force, in the background, once credits answers. A check that still waits is given up. */
  start(): void {
    this.close();
    if (this.#options.routes().some(({ charge }) => charge !== undefined)) void this.#check(this.#latest);
  }

  /** Ends a check that still waits. */
  close(): void {
    this.#latest += 1;
    clearTimeout(this.#timer);
  }

  async #check(number: number): Promise<void> {
    const costs = await this.#costs();
    if (number !== this.#latest) return;
    if (costs === undefined) {
      this.#timer = setTimeout(() => void this.#check(number), RETRY_MS);
      return;
    }
    const { routes, logger } = this.#options;
    const missing = routes().flatMap(({ id, charge }) => {
      const operation = charge && defaultOperation(charge);
      return operation === undefined || Object.hasOwn(costs, operation) ? [] : [{ route: id, operation }];
    });
    for (const each of missing) logger.warn(each, 'a route charges for an operation that has no price');
    if (missing.length === 0) logger.info('every operation that routes charge for has a price');
  }

  /** The price list; `undefined` while credits does not answer. */
  async #costs(): Promise<Readonly<Record<string, number>> | undefined> {
    try {
      const cause = { requestId: uuidv7(), traceparent: undefined };
      const { status, body } = await this.#options.credits.call(getCosts.path, undefined, cause);
      return status === 200 ? getCosts.responses[200].parse(body).costs : undefined;
    } catch {
      return undefined;
    }
  }
}
