import type { Metrics } from '@turnpike/service-kit';
import type { AccessLog, Ending } from '../access-log.ts';
import type { EdgeMetrics } from '../metrics.ts';
import type { RequestRecords } from '../records/request-records.ts';
import type { Exchange } from './exchange.ts';
import type { LiveExchanges } from './live-exchanges.ts';
import { endTrace } from './trace.ts';

/** What the log and the metrics say of an answer that nobody stayed for, as nginx does. */
const CLIENT_LEFT_STATUS = 499;
const MICRO = 1_000_000;

export interface EndedExchangesOptions {
  readonly live: LiveExchanges;
  readonly metrics: Metrics;
  readonly edgeMetrics: EdgeMetrics;
  readonly accessLog: AccessLog;
  /** None where requests are not recorded. */
  readonly records: RequestRecords | undefined;
}

/** Sees exchanges off: what they held is free again, and log and metrics tell of them. */
export class EndedExchanges {
  readonly #live: LiveExchanges;
  readonly #metrics: Metrics;
  readonly #edgeMetrics: EdgeMetrics;
  readonly #accessLog: AccessLog;
  readonly #records: RequestRecords | undefined;
  #onEnd: (() => void) | undefined;

  constructor({ live, metrics, edgeMetrics, accessLog, records }: EndedExchangesOptions) {
    this.#live = live;
    this.#metrics = metrics;
    this.#edgeMetrics = edgeMetrics;
    this.#accessLog = accessLog;
    this.#records = records;
  }

  /** Records the end of an exchange, whose status is what its client was answered, or 499 where it was not. */
  add(exchange: Exchange): void {
    if (this.#live.has(exchange)) exchange.upstream?.leave();
    this.#live.delete(exchange);
    exchange.share?.leave();
    exchange.share = undefined;
    exchange.unproven?.leave();
    exchange.unproven = undefined;
    this.#onEnd?.();
    const { response, upgraded } = exchange;
    const status = upgraded ? 101 : response.writableFinished ? response.statusCode : CLIENT_LEFT_STATUS;
    const ending = { status, durationMs: performance.now() - exchange.startedMs, nowMs: Date.now() };
    this.#metrics.observeRequest(
      { route: exchange.route?.id ?? 'none', method: exchange.request.method ?? '', status },
      ending.durationMs / 1_000,
    );
    this.#edgeMetrics.observeExchange(exchange);
    if (exchange.span !== undefined) endTrace(exchange, exchange.span, status);
    const { hold } = exchange;
    // What was charged is decided after a client that breaks off has gone.
    if (hold !== undefined && !hold.resolved) hold.onDecided = () => this.#tell(exchange, ending);
    else this.#tell(exchange, ending);
  }

  #tell(exchange: Exchange, ending: Ending): void {
    const { hold } = exchange;
    if (hold?.charged !== undefined)
      this.#edgeMetrics.creditsCharged.inc({ operation: hold.operation ?? '' }, Number(hold.charged) / MICRO);
    this.#accessLog.add(exchange, ending);
    this.#records?.add(exchange, ending);
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.#live.size > 0) await new Promise<void>((resolve) => (this.#onEnd = resolve));
  }
}
