import type { Metrics } from '@turnpike/service-kit';
import type { AccessLog } from '../access-log.ts';
import type { RequestRecords } from '../records/request-records.ts';
import type { Exchange } from './exchange.ts';
import type { LiveExchanges } from './live-exchanges.ts';

/** What the log and the metrics say of an answer that nobody stayed for, as nginx does. */
const CLIENT_LEFT_STATUS = 499;

/** Sees exchanges off: what they held is free again, and log and metrics tell of them. */
export class EndedExchanges {
  readonly #live: LiveExchanges;
  readonly #metrics: Metrics;
  readonly #accessLog: AccessLog;
  readonly #records: RequestRecords | undefined;
  #onEnd: (() => void) | undefined;

  /** `records`: none where requests are not recorded. */
  constructor(live: LiveExchanges, metrics: Metrics, accessLog: AccessLog, records: RequestRecords | undefined) {
    this.#live = live;
    this.#metrics = metrics;
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
    const durationMs = performance.now() - exchange.startedMs;
    this.#metrics.observeRequest(
      { route: exchange.route?.id ?? 'none', method: exchange.request.method ?? '', status },
      durationMs / 1_000,
    );
    const nowMs = Date.now();
    this.#accessLog.add(exchange, status, durationMs, nowMs);
    this.#records?.add(exchange, status, durationMs, nowMs);
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.#live.size > 0) await new Promise<void>((resolve) => (this.#onEnd = resolve));
  }
}
