import type { Dispatcher } from 'undici';
import { NOTE_TIMEOUT_MS, type Told } from '@turnpike/ledger-client';
import { within } from '@turnpike/service-kit';
import { Meter } from '../charging/meter.ts';
import { CORS_HEADERS } from '../domain/cors.ts';
import { headerValue } from '../domain/header-value.ts';
import { cleanResponseHeaders } from '../domain/response-headers.ts';
import type { Edge } from '../edge.ts';
import { ClientLeft, EdgeFault, failureOf, type Failure } from '../upstream/failure.ts';
import type { Target } from '../upstream/upstream.ts';
import { addCommonHeaders, creditHeaders, sendError } from './answer.ts';
import { ClientWriter, type Headers, type WriterTools } from './client-writer.ts';
import type { InFlightResponse, Exchange } from './exchange.ts';
import { endAttempt, type AttemptTools } from './failed-credentials.ts';
import { INTERIM_MAX, passInterim } from './interim.ts';

/** How an attempt ended: the response was begun (and is being streamed, or was), or it never came. */
export type AttemptOutcome = 'answered' | Failure;

/** What a relay needs. */
export type RelayTools = AttemptTools & WriterTools & Pick<Edge, 'cors' | 'draining' | 'finished' | 'logger'>;

const NONE: ReadonlySet<string> = new Set();

/**
 * Streams one upstream response to the client as it arrives, and holds back its end until the settlement is recorded
 * (ADR 2). Of a metered request that was sent whole the rest is read even for a client that leaves, as far as it
 * decides the charge (ADR 18).
 */
export class Relay extends ClientWriter implements Dispatcher.DispatchHandler, InFlightResponse {
  readonly #exchange: Exchange;
  readonly #edge: RelayTools;
  readonly #conclude: (outcome: AttemptOutcome) => void;
  /** Whose connection carries the answer, until that has ended. */
  #target: Target | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #begun = false;
  #sent = false;
  #interim = 0;
  /** All of the request has been handed to the upstream's connection. */
  #sentWhole = false;
  /** Nobody takes the answer; it is read for what it decides. */
  #detached = false;
  #complete = false;
  #clientGone = false;
  protected readonly meter: Meter | undefined;
  #giveUp: NodeJS.Timeout | undefined;

  constructor(exchange: Exchange, edge: RelayTools, target: Target, conclude: (outcome: AttemptOutcome) => void) {
    super(exchange, edge);
    this.#exchange = exchange;
    this.#edge = edge;
    this.#target = target;
    this.#conclude = conclude;
    const { hold, attempt, destination } = exchange;
    const { trusted } = destination.upstream.definition;
    this.meter = hold && new Meter({ hold, attempt, trusted, onUnusableCost: () => edge.metrics.costsUnusable.inc() });
    exchange.inFlight = this;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#sent = true;
    if (this.#exchange.abandoned) controller.abort(new ClientLeft());
  }

  onRequestSent(): void {
    this.#sentWhole = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    try {
      if (status < 200) this.#pass(controller, status, headers);
      else this.#begin(controller, status, headers);
    } catch (error) {
      controller.abort(new EdgeFault(error));
    }
  }

  /** What comes before the answer, and is none. A 101 is no interim response here: nobody asked for another protocol. */
  #pass(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.#interim += 1;
    if (status <= 101 && status !== 100) controller.abort(new Error(`the upstream answered with ${status}`));
    else if (this.#interim > INTERIM_MAX) controller.abort(new Error('the upstream sends interim responses only'));
    else if (!this.#exchange.revoked && !this.#detached)
      passInterim(this.#exchange, status, this.#cleaned(controller, status, headers));
  }

  #cleaned(controller: Dispatcher.DispatchController, status: number, headers: Headers): string[] {
    return cleanResponseHeaders(rawHeadersOf(controller), {
      connection: headerValue(headers['connection']),
      replaced: this.#edge.cors.enabled ? CORS_HEADERS : NONE,
      status,
      upstream: this.#exchange.destination.upstream.definition,
      client: this.#exchange.origin,
    });
  }

  #begin(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    const { response } = this.#exchange;
    if (this.#exchange.revoked && this.meter === undefined) {
      controller.abort(this.#exchange.revokedError());
      return;
    }
    const coding = headers['transfer-encoding'];
    if (coding !== undefined && (typeof coding !== 'string' || coding.trim().toLowerCase() !== 'chunked')) {
      controller.abort(new Error('the response has a transfer coding that nobody asked for'));
      return;
    }
    if (this.#exchange.unproven !== undefined) void endAttempt(this.#exchange, this.#edge, status);
    const list = this.#cleaned(controller, status, headers);
    if (this.meter !== undefined) {
      const told = this.meter.begin(status, headerValue(headers['x-credits-cost']));
      list.push(...creditHeaders(told));
      this.#exchange.attempt?.begin(status, list);
      if (this.withheld(told)) {
        this.#begun = true;
        this.#conclude('answered');
        return;
      }
    }
    addCommonHeaders(list, this.#exchange);
    this.#exchange.firstByteMs = this.#edge.monotonicMs();
    this.#exchange.attemptSpan?.set('http.response.status_code', status);
    if (this.#edge.draining) list.push('Connection', 'close');
    response.writeHead(status, list);
    this.#begun = true;
    this.beginBody(status, headers);
    this.#conclude('answered');
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#exchange.responseBytes += chunk.length;
    this.#exchange.attempt?.saw(chunk);
    if (!this.#detached) this.writeBody(controller, chunk);
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: Headers): void {
    this.#stopTimers();
    this.#complete = true;
    this.release();
    if (this.meter === undefined) {
      this.#end();
      return;
    }
    this.meter.trailer(headerValue(trailers['x-credits-cost']));
    this.#endWith(this.meter.complete());
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#stopTimers();
    this.#complete = true;
    const failure = failureOf(error, this.#sent);
    if (!this.#begun) {
      if (this.#detached) this.#endWith(this.meter?.fail());
      this.#conclude(failure);
      return;
    }
    this.release();
    // Nothing is charged for a part of an answer, unless the client itself broke it off: what was streamed so far was work done.
    const recorded = failure.kind === 'client' ? this.meter?.abandon() : this.meter?.fail();
    if (this.#detached) this.#endWith(recorded);
    // The client has part of the answer: only a broken connection tells it that the rest is missing.
    else this.#exchange.response.destroy();
  }

  /** The client closed its connection, or we did after a failure. */
  clientGone(): boolean {
    this.#clientGone = true;
    if (this.#complete) return false;
    if (!this.#detached) {
      this.#stopTimers();
      const awaited = this.#sentWhole && this.meter !== undefined;
      if (!awaited || (this.#begun && this.#exchange.attempt?.keepable !== true)) {
        this.#controller?.abort(new ClientLeft());
        return false;
      }
      this.#detached = true;
      if (this.#begun) this.#giveUpLater();
      this.#controller?.resume();
    }
    return true;
  }

  /**
   * Whether the answer that begins is withheld from the client, because it left or has lost access. One that is there still learns what it
   * was charged.
   */
  protected withheld(told: Told): boolean {
    const { revoked, abandoned } = this.#exchange;
    if (!revoked && !this.#detached) return false;
    this.#detached = true;
    this.#giveUpLater();
    if (!abandoned) sendError(this.#exchange, this.#exchange.revokedError(), this.#edge, told);
    return true;
  }

  /** What was withheld ends here: it is charged as it was told. */
  protected endWithheld(): void {
    this.release();
    this.#conclude('answered');
    this.#stopTimers();
    this.#complete = true;
    this.#endWith(this.meter?.abandon());
  }

  #giveUpLater(): void {
    const { ABANDONED_ANSWER_TIMEOUT_MS } = this.#edge.config;
    this.#giveUp = setTimeout(() => this.#controller?.abort(new ClientLeft()), ABANDONED_ANSWER_TIMEOUT_MS);
  }

  /** Ends the exchange when its charge is on record, or in Redis where credits is slow, so that no end of this process leaves it undone. */
  #endWith(recorded: Promise<void> | undefined): void {
    const waitMs = this.#edge.config.SETTLE_WAIT_MS + NOTE_TIMEOUT_MS;
    void within(recorded ?? Promise.resolve(), waitMs).then(() => this.#end());
  }

  /** Returns the connection, once. An attempt that failed returns its own. */
  protected release(): void {
    const target = this.#target;
    this.#target = undefined;
    if (target === undefined) return;
    const nowMs = this.#edge.monotonicMs();
    this.#exchange.endAttempt(nowMs);
    this.#exchange.destination.upstream.release(target, nowMs);
  }

  #end(): void {
    if (!this.#detached) this.endBody();
    else if (this.#clientGone) this.#edge.finished(this.#exchange);
  }

  #stopTimers(): void {
    this.stopTimers();
    clearTimeout(this.#giveUp);
  }
}

/** undici's buffers, in the order they came. */
function rawHeadersOf(controller: Dispatcher.DispatchController): readonly (Buffer | string)[] {
  return Array.isArray(controller.rawHeaders) ? controller.rawHeaders : [];
}
