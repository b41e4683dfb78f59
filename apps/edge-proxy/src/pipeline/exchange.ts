import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorStyle } from '@turnpike/contracts';
import type { Hold } from '@turnpike/ledger-client';
import { AppError, unavailable, type Span } from '@turnpike/service-kit';
import { isMetered } from '../charging/charge.ts';
import type { IdempotentAttempt } from '../charging/idempotent-attempt.ts';
import type { ClientOrigin } from '../domain/client-address.ts';
import type { NoticeKind } from '../domain/notice.ts';
import { ANONYMOUS, type Caller } from '../domain/principal.ts';
import type { RequestHeaders } from '../domain/request-headers.ts';
import type { RequestTarget } from '../domain/request-target.ts';
import type { ChargeRule, Route } from '../domain/route.ts';
import type { Decision } from '../domain/windows.ts';
import type { AddressAttempts } from '../limits/attempts.ts';
import type { Presented } from '../neighbours/introspection.ts';
import type { CallerShare } from '../upstream/caller-shares.ts';
import { ClientLeft, type FailureKind } from '../upstream/failure.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** An answer of the edge's own. */
export interface Reply {
  readonly status: number;
  /** Flat list. */
  readonly headers: readonly string[];
  readonly body: string | Buffer;
}

/** A client's request to speak another protocol on this connection, as Node's `upgrade` event hands it over. */
export interface UpgradeRequest {
  readonly socket: Duplex;
  /** Bytes that came with the request. */
  readonly head: Buffer;
}

/**
 * The response that an upstream is working on for a client. An object, not a function: V8 makes functions written as
 * property values among its old objects, where each would keep its whole request.
 */
export interface InFlightResponse {
  /** The client's connection has closed. True where the work goes on all the same, and reports its end itself. */
  clientGone(): boolean;
}

/** One request on its way through the stages; each stage fills in what it decides. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upgrade: UpgradeRequest | undefined;
  readonly startedMs: number;
  /** Its place among the live exchanges, which keep it; negative outside. */
  liveIndex = -1;
  /** The client announced a body and waits for leave to send it. */
  #awaitsContinue: boolean;

  // parse
  requestId = '';
  traceparent = '';
  tracestate: string | undefined;
  /** Where this request's trace is recorded, and only there. */
  span: Span | undefined;
  headers!: RequestHeaders;
  origin!: ClientOrigin;
  target!: RequestTarget;
  errorStyle: ErrorStyle = 'problem';
  /** Headers that let a browser's page read the answer; flat list. */
  corsHeaders: readonly string[] = [];
  // match
  route: Route | undefined;
  upstream: Upstream | undefined;
  /** The console asks, for somebody who looks at their own account: no usage, and counted by itself. */
  fromConsole = false;
  // identify
  caller: Caller = ANONYMOUS;
  /** Whose the credential was that was refused, where auth knew. */
  presented: Presented | undefined;
  // limit
  /** The attempt with a secret in the body, until its outcome is known. */
  unproven: AddressAttempts | undefined;
  decision: Decision | undefined;
  // replay
  /** Digest of the request, where a client may repeat it under a key. */
  fingerprint: string | undefined;
  /** Set on the first request under a key. */
  attempt: IdempotentAttempt | undefined;
  /** Request id of the first request under the key, whose answer is given again. */
  replayOf: string | undefined;
  // reserve
  /** What is charged for. */
  operation: string | undefined;
  hold: Hold | undefined;
  /** The whole body, where a stage had to read it; otherwise it is streamed. */
  body: Buffer | undefined;
  // sign
  forwardHeaders: string[] = [];
  /** Set by a stage that answers itself; later stages have nothing to do. */
  reply: Reply | undefined;
  // forward
  /** The caller's share of the upstream that this exchange takes a part of, until it has ended. */
  share: CallerShare | undefined;
  /** The in-flight response, once the request has been sent on. */
  inFlight: InFlightResponse | undefined;
  /** When the last attempt at the upstream began, the first byte of its answer was passed on, and it ended; on the clock that never steps. */
  attemptMs: number | undefined;
  firstByteMs: number | undefined;
  answeredMs: number | undefined;
  /** Of the attempt at the upstream that is under way, where the trace is recorded. */
  attemptSpan: Span | undefined;
  attempts = 0;
  /** Why an attempt came to nothing; `breaker` and `busy` where none could be made. */
  failure: FailureKind | 'breaker' | 'busy' | undefined;
  /** Bytes of the bodies, as far as they have passed. */
  requestBytes = 0;
  responseBytes = 0;
  /** The refusal that was the answer. */
  refusal: AppError | undefined;
  /** Called when the rest of the request turns out to be nonsense, or never to come; whoever reads the body stops. */
  onBroken: ((reason: AppError) => void) | undefined;
  /** The connection now carries another protocol, and has left the HTTP server. */
  upgraded = false;
  /** When it began to be an exchange that goes on until somebody ends it (a WebSocket, an answer without a length), on the clock that never steps. */
  endlessSinceMs: number | undefined;
  /** The process ends, and did not wait for this one any longer. */
  cutByShutdown = false;
  /** The caller lost access after it was let in. */
  revoked = false;
  #revokedBy: NoticeKind | undefined;
  /** Why the parser gave up on what follows the headers, so that where the request ends is unknown. */
  #broken: AppError | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    startedMs: number,
    upgrade?: UpgradeRequest,
    expectsContinue = false,
  ) {
    this.request = request;
    this.response = response;
    this.startedMs = startedMs;
    this.upgrade = upgrade;
    this.#awaitsContinue = expectsContinue;
  }

  /** The parser gave up on this request's connection: it ends with the reason while it can, and by closing once it is being forwarded. */
  breakOff(reason: AppError): void {
    this.#broken = reason;
    this.onBroken?.(reason);
    if (this.inFlight !== undefined || this.response.headersSent) this.request.socket.destroy();
  }

  /** Throws when there is nobody left to answer, or only with a refusal. */
  throwIfOver(): void {
    if (this.abandoned) throw new ClientLeft();
    if (this.revoked) throw this.revokedError();
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** Tells a client that waits with its body to send it. Called by whoever is about to read. */
  invite(): void {
    if (!this.#awaitsContinue) return;
    this.#awaitsContinue = false;
    this.response.writeContinue();
  }

  /** Whether more of the request is on its way. A client that was never told to continue sends nothing. */
  get bodyComing(): boolean {
    return !this.request.complete && !this.#awaitsContinue;
  }

  /** Ends what the caller lost access to: a begun answer breaks off at once, one that has not begun becomes a refusal. */
  revoke(by: NoticeKind): void {
    this.revoked = true;
    this.#revokedBy = by;
    if (this.upgraded || this.response.headersSent) this.request.socket.destroy();
  }

  /** When the credential that let the caller in ends by itself, epoch milliseconds. */
  get credentialEndsMs(): number {
    return this.caller.kind === 'user' ? this.caller.principal.expiresAtMs : Number.POSITIVE_INFINITY;
  }

  /** A caller of whom only an unknown notice was heard may still have access, so it is no 401: it may ask again. */
  revokedError(): AppError {
    if (this.#revokedBy === 'unknown') return unavailable('This request');
    if (this.#revokedBy === 'tenant')
      return new AppError('tenant.suspended', { detail: 'The organisation has lost access.' });
    if (this.#revokedBy === 'membership')
      return new AppError('tenant.membership_ended', { detail: 'The membership has ended or changed.' });
    if (this.caller.kind !== 'user' || this.caller.principal.keyId === undefined)
      return new AppError('auth.session_revoked', { detail: 'The session has ended.' });
    return this.#revokedBy === 'key'
      ? new AppError('auth.key_revoked', { detail: 'The API key has been revoked.' })
      : new AppError('auth.key_suspended', { detail: "The API key's owner has lost access." });
  }

  /** The attempt at the upstream has ended, at that moment of the clock that never steps, and came to nothing where there was a failure. */
  endAttempt(nowMs: number, failure?: FailureKind): void {
    this.answeredMs = nowMs;
    if (this.attemptSpan !== undefined) this.endAttemptSpan(failure);
  }

  endAttemptSpan(failure?: FailureKind): void {
    this.attemptSpan?.end(failure);
    this.attemptSpan = undefined;
  }

  /** Whether the client has gone, so nobody waits for what is still to be done. */
  get abandoned(): boolean {
    return this.response.destroyed || this.request.socket.destroyed;
  }

  /** What the request is charged for; `undefined` where it costs nothing. */
  get charge(): ChargeRule | undefined {
    return isMetered(this.request.method) ? this.route?.charge : undefined;
  }

  /** The matched route and its upstream; only for stages after matching. */
  get destination(): { readonly route: Route; readonly upstream: Upstream } {
    const { route, upstream } = this;
    if (route === undefined || upstream === undefined) throw new Error('the exchange has no route yet');
    return { route, upstream };
  }
}
