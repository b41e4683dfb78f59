import { Pool, type Dispatcher } from 'undici';
import { v7 as uuidv7 } from 'uuid';
import { ownerId } from './accounts.ts';

export interface HttpLoadOptions {
  readonly creditsUrl: string;
  readonly serviceKey: string;
  /** Pairs under way at once. */
  readonly inFlight: number;
  readonly seconds: number;
  /** Accounts the load is spread over; 1 is the hot account. */
  readonly accounts: number;
}

export interface Measured {
  readonly pairsPerSecond: number;
  /** Answers other than 201 and 200; any voids the round. */
  readonly errors: number;
  /** Latency of a pair, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Reserve and settle pairs through the service, over HTTP with kept connections. */
export async function measureHttp({
  creditsUrl,
  serviceKey,
  inFlight,
  seconds,
  accounts,
}: HttpLoadOptions): Promise<Measured> {
  const pool = new Pool(creditsUrl, { connections: inFlight, pipelining: 1 });
  const latencies: number[] = [];
  let errors = 0;

  async function post(path: string, id: string, body: string, expected: number): Promise<void> {
    // The edge, too, passes on the id of the request that caused the call.
    const headers = ['content-type', 'application/json', 'x-service-key', serviceKey, 'x-request-id', id];
    const status = await new Promise<number>((resolve) =>
      pool.dispatch({ method: 'POST', path, headers, body }, new StatusOnly(resolve)),
    );
    if (status !== expected) errors += 1;
  }

  async function pairs(until: number): Promise<void> {
    while (performance.now() < until) {
      const started = performance.now();
      // As the edge names its holds: ids that sort by time keep an index's new entries together.
      const id = uuidv7();
      const owner = ownerId(Math.floor(Math.random() * accounts));
      await post(
        '/internal/credits/reservations',
        id,
        JSON.stringify({ user_id: owner, operation: 'generate_balanced', idempotency_key: id }),
        201,
      );
      await post(`/internal/credits/reservations/${id}/settle`, id, '{}', 200);
      latencies.push(performance.now() - started);
    }
  }

  const started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, () => pairs(started + seconds * 1_000)));
  const elapsedSeconds = (performance.now() - started) / 1_000;
  await pool.close();
  latencies.sort((left, right) => left - right);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  return { pairsPerSecond: latencies.length / elapsedSeconds, errors, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** Waits for the end of an answer and keeps its status; 0 where there was none. The way the edge calls, since what the load takes is not free. */
class StatusOnly implements Dispatcher.DispatchHandler {
  readonly #resolve: (status: number) => void;
  #status = 0;

  constructor(resolve: (status: number) => void) {
    this.#resolve = resolve;
  }

  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(): void {}

  onResponseEnd(): void {
    this.#resolve(this.#status);
  }

  onResponseError(): void {
    this.#resolve(0);
  }
}
