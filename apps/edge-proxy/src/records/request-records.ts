import { RECORDS_PER_BATCH_MAX, type RecordDetail } from '@turnpike/contracts';
import type { Ending } from '../access-log.ts';
import { OWN_UPSTREAM } from '../domain/route.ts';
import { tightest } from '../domain/windows.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import { firstPartyUpstream } from '../routing/first-party.ts';
import { quoted, TextBuffer } from '../text-buffer.ts';
import { OpenBatch } from './open-batch.ts';

/** A batch is closed this long after its first record, in milliseconds, or when it is full. */
const FLUSH_MS = 200;
const UNKNOWN = -1;
/** Looking at one's own usage is no usage, and what the edge answers itself (health, documents) is none either. */
const UNRECORDED: ReadonlySet<string> = new Set([OWN_UPSTREAM, firstPartyUpstream('usage')]);

export interface RequestRecordsOptions {
  /** Takes a closed batch: how many records, and their JSON. Must not wait. */
  readonly onBatch: (records: number, text: string) => void;
}

/**
 * One record for each request: facts that the exchange holds, and no query, body or address. A request never waits for any of it.
 */
export class RequestRecords {
  readonly #options: RequestRecordsOptions;
  readonly #rows = new TextBuffer();
  #batch: OpenBatch | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RequestRecordsOptions) {
    this.#options = options;
  }

  /** Takes an exchange whose charge is decided. */
  add(exchange: Exchange, { status, durationMs, nowMs }: Ending): void {
    const { route, caller, decision, startedMs, attemptMs, answeredMs, firstByteMs } = exchange;
    if (exchange.fromConsole || (route !== undefined && UNRECORDED.has(route.upstream))) return;
    let batch = this.#batch;
    if (batch === undefined) {
      batch = new OpenBatch(Math.floor(nowMs), this.#rows);
      this.#batch = batch;
      this.#timer = setTimeout(() => this.flush(), FLUSH_MS).unref();
    }
    const nearest = decision === undefined ? undefined : tightest(decision.states);
    const detail = detailOf(exchange);
    const detailText = detail === null ? 'null' : JSON.stringify(detail);
    const callerPlace = batch.callerOf(caller, exchange.presented);
    const routePlace = batch.routeOf(route, exchange.upstream);
    const windowPlace = nearest === undefined ? UNKNOWN : batch.windowOf(nearest.window);
    // The row of the contract, in its order, piece by piece: put together as one string, it would be as much garbage as all else of a record.
    const row = batch.begin();
    addMember(row, Math.floor(nowMs - durationMs) - batch.sinceMs);
    row.addShort(quoted(exchange.requestId));
    row.addShort(',');
    addMember(row, callerPlace);
    addMember(row, routePlace);
    row.addShort('"');
    row.addShort(exchange.request.method ?? '');
    row.addShort('",');
    addMember(row, status);
    addMember(row, microseconds(durationMs));
    addMember(row, firstByteMs === undefined ? UNKNOWN : microseconds(firstByteMs - startedMs));
    addMember(
      row,
      attemptMs === undefined ? UNKNOWN : microseconds((answeredMs ?? startedMs + durationMs) - attemptMs),
    );
    addMember(row, exchange.requestBytes);
    addMember(row, exchange.responseBytes);
    addMember(row, windowPlace);
    addMember(row, nearest === undefined ? UNKNOWN : nearest.remaining);
    addMember(
      row,
      nearest === undefined || decision === undefined ? UNKNOWN : secondsUntil(nearest.resetAtMs, decision.nowMs),
    );
    addMember(row, exchange.attempts);
    row.addShort(detailText);
    row.addShort(']');
    if (batch.size >= RECORDS_PER_BATCH_MAX) this.flush();
  }

  /** Closes the batch under way. */
  flush(): void {
    clearTimeout(this.#timer);
    const batch = this.#batch;
    this.#batch = undefined;
    if (batch !== undefined) this.#options.onBatch(batch.size, batch.text());
  }
}

/** A number, and the comma behind it. */
function addMember(row: TextBuffer, value: number): void {
  row.addNumber(value);
  row.addShort(',');
}

function microseconds(ms: number): number {
  return ms > 0 ? Math.round(ms * 1_000) : 0;
}

function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((atMs - nowMs) / 1_000));
}

/** What only refused, metered and failed requests have; most requests have none of it, and no object is made for them. */
function detailOf(exchange: Exchange): RecordDetail | null {
  const { hold, refusal, replayOf, failure, charge, decision } = exchange;
  const plain = refusal === undefined && charge === undefined && failure === undefined && decision?.degraded !== true;
  if (plain) return null;
  const detail: RecordDetail = {};
  if (hold !== undefined) {
    if (hold.operation !== undefined) detail.operation = hold.operation;
    if (hold.priceVersion !== undefined) detail.priceVersion = hold.priceVersion;
    detail.hold = hold.id;
    detail.held = Number(hold.amount);
    detail.charged = Number(hold.charged ?? 0n);
    detail.chargeState = hold.charged === undefined ? 'released' : 'settled';
  } else if (exchange.operation !== undefined) detail.operation = exchange.operation;
  if (refusal !== undefined) {
    const { cost, balance, scope, required_role: requiredRole } = refusal.extra ?? {};
    detail.code = refusal.code;
    if (typeof cost === 'number') detail.cost = cost;
    if (typeof balance === 'number') detail.balance = balance;
    if (typeof scope === 'string') detail.scope = scope;
    if (typeof requiredRole === 'string') detail.requiredRole = requiredRole;
  }
  if (replayOf !== undefined) detail.replayOf = replayOf;
  if (failure !== undefined) detail.failure = failure;
  if (decision?.degraded === true) detail.degraded = true;
  return detail;
}
