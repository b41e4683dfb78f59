import { LLM_PREFIX, nativeStyleOf, type NativeStyle } from '@turnpike/contracts';
import type { AppError, Logger } from '@turnpike/service-kit';
import { inCredits } from '../prices/in-credits.ts';
import { clientHeaders } from '../upstream/headers.ts';
import { EventSplitter } from '../usage/event-splitter.ts';
import type { AnswerReader } from './answer-reader.ts';
import type { Call } from './call.ts';
import { sendError } from './errors.ts';
import type { Settled } from './settle.ts';
import { refusalEvent, streamError } from './stream-error.ts';

const COMMENT = ': keep-alive\n\n';

/** What a vendor said before its answer. */
export interface VendorHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Who is told what becomes of the client. */
export interface ClientListener {
  /** It left before it had all. */
  readonly left: () => void;
  /** It takes no more for now; and then again. */
  readonly full: () => void;
  readonly drained: () => void;
}

export interface ClientAnswerTools {
  readonly heartbeatMs: number;
  readonly logger: Logger;
}

/** The answer that a client gets: its head once, the rest at the client's pace, comments while a stream is silent, and nothing once it has left or was refused. */
export class ClientAnswer {
  readonly #call: Call;
  readonly #tools: ClientAnswerTools;
  readonly #listener: ClientListener;
  readonly #style: NativeStyle;
  #heartbeat: NodeJS.Timeout | undefined;
  #over = false;
  left = false;
  /** The client was told that it gets no more. */
  refused = false;

  constructor(call: Call, tools: ClientAnswerTools, listener: ClientListener) {
    this.#call = call;
    this.#tools = tools;
    this.#listener = listener;
    this.#style = nativeStyleOf(call.request.url ?? '') ?? 'openai';
    call.response.on('close', () => this.#closed());
  }

  /** Nobody waits for more. */
  get gone(): boolean {
    return this.left || this.refused;
  }

  get begun(): boolean {
    return this.#call.response.headersSent;
  }

  /** Sends the head of an answer that goes on; of an event stream at once, with comments while it is silent. */
  begin(head: VendorHead, reader: AnswerReader): void {
    this.#writeHead(head);
    if (!reader.events) return;
    this.#heartbeat = setInterval(() => this.#beat(reader), this.#tools.heartbeatMs);
    if (!this.left) this.#call.response.flushHeaders();
  }

  /** Sends an answer that is there as a whole, with what it cost. */
  whole(head: VendorHead, body: Buffer | undefined, settled: Settled | undefined): void {
    this.#writeHead(head, body?.length ?? 0, settled);
    this.#call.response.end(body);
  }

  /** Sends a vendor's error. */
  passError(head: VendorHead, body: Buffer): void {
    this.#writeHead(head);
    this.#call.response.end(body);
  }

  write(bytes: Buffer): void {
    if (this.gone) return;
    this.#heartbeat?.refresh();
    const { response } = this.#call;
    if (response.write(bytes) || response.destroyed) return;
    this.#listener.full();
    response.once('drain', () => this.#listener.drained());
  }

  end(bytes?: Buffer): void {
    this.#call.response.end(bytes);
  }

  /** Ends with a refusal: as an error before the answer began, as an event in a stream. */
  refuse(refusal: AppError): void {
    if (this.gone) return;
    this.refused = true;
    this.silence();
    this.#refuse(refusal);
  }

  /** Ends after the connection to the vendor broke. What policies had held back is shown first: the vendor wrote it, and it is paid for. Half an event is not. */
  breakOff(reader: AnswerReader | undefined, rest: Buffer | undefined, failure: AppError): void {
    const { operation, requestId, response } = this.#call;
    if (!this.begun) {
      this.error(failure);
      return;
    }
    // An SDK learns of it by an event where there are events, and by the broken connection elsewhere.
    if (reader?.events !== true) {
      response.destroy();
      return;
    }
    const events = rest === undefined ? [] : new EventSplitter().push(rest);
    if (events.length > 0) this.write(Buffer.concat(events));
    if (reader.refusal === undefined) response.end(streamError(operation.dialect, this.#style, requestId));
    else this.#refuse(reader.refusal);
  }

  error(error: unknown): void {
    sendError(this.#call, error, this.#tools.logger);
  }

  /** No comments any more. */
  silence(): void {
    clearInterval(this.#heartbeat);
  }

  /** The call has ended, so that a client that leaves now misses nothing. */
  close(): void {
    this.#over = true;
    this.silence();
  }

  #refuse(refusal: AppError): void {
    const { operation, requestId, response } = this.#call;
    if (this.begun) response.end(refusalEvent(operation.dialect, this.#style, requestId, refusal));
    else this.error(refusal);
  }

  #closed(): void {
    if (this.#over || this.refused || this.#call.response.writableFinished) return;
    this.left = true;
    this.silence();
    this.#listener.left();
  }

  #writeHead({ status, headers }: VendorHead, length?: number, settled?: Settled): void {
    const { response, credential, requestId } = this.#call;
    if (this.left || response.headersSent) return;
    const list = clientHeaders(headers, credential, gatewayRoot(this.#call));
    list.push('X-Request-ID', requestId);
    if (length !== undefined) list.push('Content-Length', String(length));
    if (settled?.leftMicro !== undefined)
      list.push('X-Credits-Charged', inCredits(settled.costMicro), 'X-Credits-Remaining', inCredits(settled.leftMicro));
    response.writeHead(status, list);
  }

  #beat(reader: AnswerReader): void {
    const { response } = this.#call;
    if (reader.between && !response.writableNeedDrain && !this.left) response.write(COMMENT);
  }
}

/** Where clients find the vendor's paths, as the edge says. */
function gatewayRoot({ request: { headers }, provider }: Call): string {
  const proto = String(headers['x-forwarded-proto'] ?? 'http');
  return `${proto}://${String(headers['x-forwarded-host'] ?? headers.host ?? '')}${LLM_PREFIX}/${provider}`;
}
