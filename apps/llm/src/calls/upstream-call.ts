import type { Dispatcher } from 'undici';
import { LLM_PREFIX, nativeStyleOf, type NativeStyle } from '@turnpike/contracts';
import type { AppError, Logger } from '@turnpike/service-kit';
import type { KeptObjects } from '../kept/kept-objects.ts';
import { KeptReader } from '../kept/kept-reader.ts';
import { UploadReader } from '../kept/upload-reader.ts';
import type { CallPolicies } from '../policies/call-policies.ts';
import { clientHeaders } from '../upstream/headers.ts';
import { EventSplitter } from '../usage/event-splitter.ts';
import { mayCall } from './allowed.ts';
import { isEventStream, readerOf, type AnswerReader } from './answer-reader.ts';
import type { Call, Charge, ReadRequest } from './call.ts';
import { failureOf, sendError } from './errors.ts';
import { ModelListReader } from './model-list.ts';
import { scrubbed } from './scrub.ts';
import { release, settle, type Settled, type SettleTools } from './settle.ts';
import { refusalEvent, streamError } from './stream-error.ts';

/** How a call ended for those who keep count. */
export interface Ended {
  /** What the vendor answered; `undefined` where it did not. */
  readonly status: number | undefined;
  readonly settled: Settled | undefined;
  readonly model: string | undefined;
  readonly upstreamRequestId: string | undefined;
  readonly latencyMs: number | undefined;
  readonly responseBytes: number;
  readonly stream: boolean;
  readonly clientLeft: boolean;
  /** Of policies, in the request and in the answer. */
  readonly violations: number;
  /** What the vendor's breaker is to make of it. */
  readonly verdict: 'succeeded' | 'failed' | 'nothing';
}

/** Answers that go on without a client. */
export interface Drains {
  /** Whether one more may go on; then it counts until `leave`. */
  enter(): boolean;
  leave(): void;
}

export interface UpstreamCallTools extends SettleTools {
  readonly kept: KeptObjects;
  readonly drains: Drains;
  readonly drainTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly logger: Logger;
}

/** Largest error, and largest answer that is held until it is whole, in bytes. */
const ERROR_BYTES_MAX = 1_048_576;
const HELD_BYTES_MAX = 134_217_728;
const COMMENT = ': keep-alive\n\n';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * One call at a vendor: passes the answer on at the client's pace, and charges for it before it ends. A client that leaves does not end it: the
 * rest is read for what it cost (docs/llm.md).
 */
export class UpstreamCall implements Dispatcher.DispatchHandler {
  readonly #call: Call;
  readonly #read: ReadRequest;
  readonly #charge: Charge | undefined;
  readonly #policies: CallPolicies;
  readonly #tools: UpstreamCallTools;
  readonly #style: NativeStyle;
  readonly #ended: (ended: Ended) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status: number | undefined;
  #headers: Headers = {};
  #reader: AnswerReader | undefined;
  readonly #errorChunks: Buffer[] = [];
  #bytes = 0;
  #started = false;
  #sentWhole = false;
  #latencyMs: number | undefined;
  #clientLeft = false;
  /** The client was told that it gets no more. */
  #refused = false;
  #over = false;
  #heartbeat: NodeJS.Timeout | undefined;
  #giveUp: NodeJS.Timeout | undefined;

  constructor(
    call: Call,
    read: ReadRequest,
    charge: Charge | undefined,
    policies: CallPolicies,
    tools: UpstreamCallTools,
    ended: (ended: Ended) => void,
  ) {
    this.#call = call;
    this.#read = read;
    this.#charge = charge;
    this.#policies = policies;
    this.#tools = tools;
    this.#ended = ended;
    this.#style = nativeStyleOf(call.request.url ?? '') ?? 'openai';
    call.response.on('close', () => this.#clientClosed());
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#started = true;
    if (this.#clientLeft) controller.abort(new Error('the client left'));
  }

  onRequestSent(): void {
    this.#sentWhole = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    this.#controller = controller;
    this.#status = status;
    this.#headers = headers;
    this.#latencyMs = performance.now() - this.#call.startedMs;
    if (status >= 300) return;
    this.#reader = readerFor(this.#call, this.#read, this.#policies, this.#tools.kept, headers);
    if (this.#reader.held) return;
    this.#writeHead();
    if (this.#reader.events) {
      this.#heartbeat = setInterval(() => this.#beat(), this.#tools.heartbeatMs);
      if (!this.#clientLeft) this.#call.response.flushHeaders();
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#reader === undefined) {
      if (this.#bytes <= ERROR_BYTES_MAX) this.#errorChunks.push(chunk);
      return;
    }
    if (this.#reader.held && this.#bytes > HELD_BYTES_MAX) {
      controller.abort(new Error('the answer is too large'));
      return;
    }
    const shown = this.#reader.take(chunk);
    if (shown !== undefined) this.#write(shown);
    if (this.#reader.refusal !== undefined) this.#refuse(this.#reader.refusal);
  }

  onResponseEnd(): void {
    void this.#finish(this.#end());
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    void this.#finish(this.#break(error));
  }

  /** Breaks off what goes on without a client, at a shutdown. */
  abandon(): void {
    if (this.#clientLeft || this.#refused) this.#controller?.abort(new Error('the service stops'));
  }

  #clientClosed(): void {
    if (this.#over || this.#refused || this.#call.response.writableFinished) return;
    this.#clientLeft = true;
    this.#readOn('the client left');
  }

  /** Ends a stream for the client, and reads the rest for what it costs. */
  #refuse(refusal: AppError): void {
    if (this.#refused || this.#clientLeft) return;
    this.#refused = true;
    const { operation, requestId, response } = this.#call;
    response.end(refusalEvent(operation.dialect, this.#style, requestId, refusal));
    this.#readOn('the answer is refused');
  }

  #readOn(why: string): void {
    clearInterval(this.#heartbeat);
    // Nobody knows yet that the vendor has it, so it is given up; otherwise its answer decides what was done.
    const goesOn = this.#sentWhole && this.#tools.drains.enter();
    if (!goesOn) {
      this.#controller?.abort(new Error(why));
      return;
    }
    this.#giveUp = setTimeout(() => this.#controller?.abort(new Error(why)), this.#tools.drainTimeoutMs);
    this.#controller?.resume();
  }

  async #end(): Promise<Settled | undefined> {
    const { response } = this.#call;
    if (this.#reader === undefined) {
      await release(this.#charge, this.#tools);
      this.#writeHead();
      response.end(scrubbed(Buffer.concat(this.#errorChunks), this.#call.credential.secret));
      return undefined;
    }
    const rest = await this.#reader.rest();
    const settled = await this.#settle(true);
    if (this.#refused) return settled;
    const { refusal } = this.#reader;
    if (refusal !== undefined && this.#reader.held) {
      sendError(this.#call, refusal, this.#tools.logger);
      return settled;
    }
    if (refusal !== undefined) {
      if (rest !== undefined) this.#write(rest);
      response.end(refusalEvent(this.#call.operation.dialect, this.#style, this.#call.requestId, refusal));
      return settled;
    }
    if (this.#reader.held) this.#writeHead(rest?.length ?? 0, settled);
    response.end(rest);
    return settled;
  }

  /** The connection to the vendor broke, or was broken off. */
  async #break(error: Error): Promise<Settled | undefined> {
    if (!this.#clientLeft && !this.#refused)
      this.#tools.logger.warn({ err: error, requestId: this.#call.requestId }, 'a call of a model broke off');
    const rest = await this.#reader?.rest();
    const settled = await this.#settle(false);
    const { response } = this.#call;
    if (this.#clientLeft || this.#refused) return settled;
    if (!response.headersSent) {
      sendError(this.#call, failureOf(error, this.#started), this.#tools.logger);
      return settled;
    }
    // An SDK learns of it by an event where there are events, and by the broken connection elsewhere.
    if (this.#reader?.events === true) this.#endStream(this.#reader, rest);
    else response.destroy();
    return settled;
  }

  /** What policies had held back is shown first: the vendor wrote it, and it is paid for. Half an event is not. */
  #endStream({ refusal }: AnswerReader, rest: Buffer | undefined): void {
    const { operation, requestId, response } = this.#call;
    const whole = rest === undefined ? [] : new EventSplitter().push(rest);
    if (whole.length > 0) this.#write(Buffer.concat(whole));
    response.end(
      refusal === undefined
        ? streamError(operation.dialect, this.#style, requestId)
        : refusalEvent(operation.dialect, this.#style, requestId, refusal),
    );
  }

  /** What failed before it brought anything costs nothing. */
  async #settle(whole: boolean): Promise<Settled | undefined> {
    const ending = this.#reader?.ending(whole);
    const brought = ending !== undefined && (ending.writtenBytes > 0 || ending.reported !== undefined);
    const failed = this.#reader?.failed === true && ending?.writtenBytes === 0;
    if (ending === undefined || failed || !(whole || brought)) {
      await release(this.#charge, this.#tools);
      return undefined;
    }
    return settle(this.#call, this.#read, this.#charge, ending, this.#tools);
  }

  async #finish(ending: Promise<Settled | undefined>): Promise<void> {
    this.#over = true;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#giveUp);
    const settled = await ending.catch((error: unknown) => this.#fail(error));
    if (this.#giveUp !== undefined) this.#tools.drains.leave();
    this.#ended({
      status: this.#status,
      settled,
      model: this.#reader?.model,
      upstreamRequestId: text(this.#headers['x-request-id'] ?? this.#headers['request-id']),
      latencyMs: this.#latencyMs,
      responseBytes: this.#bytes,
      stream: this.#reader?.events ?? false,
      clientLeft: this.#clientLeft,
      violations: this.#policies.count,
      verdict: this.#verdict(),
    });
  }

  /** The end itself failed, which is nothing that a client pays for. Whoever counts calls still hears of it. */
  async #fail(error: unknown): Promise<undefined> {
    const { requestId } = this.#call;
    this.#tools.logger.error({ err: error, requestId }, 'a call of a model could not be ended');
    // A hold that is not resolved would be extended as long as the process lives.
    await release(this.#charge, this.#tools);
    sendError(this.#call, error, this.#tools.logger);
    return undefined;
  }

  #verdict(): Ended['verdict'] {
    if (this.#status === undefined) return this.#clientLeft ? 'nothing' : 'failed';
    return this.#status >= 500 ? 'failed' : 'succeeded';
  }

  #writeHead(length?: number, settled?: Settled): void {
    const { response, credential, requestId } = this.#call;
    if (this.#clientLeft || response.headersSent) return;
    const list = clientHeaders(this.#headers, credential, gatewayRoot(this.#call));
    list.push('X-Request-ID', requestId);
    if (length !== undefined) list.push('Content-Length', String(length));
    if (settled?.told !== undefined)
      list.push(
        'X-Credits-Charged',
        String(settled.told.charged),
        'X-Credits-Remaining',
        String(settled.told.remaining),
      );
    response.writeHead(this.#status ?? 502, list);
  }

  #write(bytes: Buffer): void {
    if (this.#clientLeft || this.#refused) return;
    this.#heartbeat?.refresh();
    const { response } = this.#call;
    if (response.write(bytes) || response.destroyed) return;
    this.#controller?.pause();
    response.once('drain', () => this.#controller?.resume());
  }

  #beat(): void {
    const { response } = this.#call;
    if (this.#reader?.between === true && !response.writableNeedDrain && !this.#clientLeft) response.write(COMMENT);
  }
}

function readerFor(
  call: Call,
  read: ReadRequest,
  policies: CallPolicies,
  kept: KeptObjects,
  headers: Headers,
): AnswerReader {
  const { operation, identity, credential } = call;
  if (operation.endpoint === 'models' && identity.keyConstraints?.allowed_models !== undefined)
    return new ModelListReader(operation.dialect, (model) => mayCall(identity, model));
  const mediaType = String(headers['content-type'] ?? '');
  const reader = policies.guard(readerOf(operation, read, mediaType), headers);
  if (operation.kept === undefined || !credential.shared) return reader;
  return operation.kept.act === 'upload'
    ? new UploadReader(reader, call, kept, headers)
    : new KeptReader(reader, call, operation.kept, kept, isEventStream(mediaType));
}

/** Where clients find the vendor's paths, as the edge says. */
function gatewayRoot({ request: { headers }, provider }: Call): string {
  const proto = String(headers['x-forwarded-proto'] ?? 'http');
  return `${proto}://${String(headers['x-forwarded-host'] ?? headers.host ?? '')}${LLM_PREFIX}/${provider}`;
}

function text(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
