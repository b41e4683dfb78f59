import type { Dispatcher } from 'undici';
import type { KeptObjects } from '../kept/kept-objects.ts';
import type { CallPolicies } from '../policies/call-policies.ts';
import type { AnswerReader } from './answer-reader.ts';
import type { CallOptions } from './call-options.ts';
import type { Call, Charge, Deferred, ReadRequest } from './call.ts';
import { ClientAnswer, type ClientAnswerTools, type VendorHead } from './client-answer.ts';
import type { Ended } from './ended.ts';
import { failureOf } from './errors.ts';
import { readerFor } from './reader-for.ts';
import { scrubbed } from './scrub.ts';
import { release, settleAnswer, type Settled, type SettleTools } from './settle.ts';

/** Answers that go on without a client. */
export interface Drains {
  /** Whether one more may go on, of a call with that option; then it counts until `leave`. */
  enter(disconnect: CallOptions['llm.disconnect']): boolean;
  leave(): void;
}

export interface UpstreamCallTools extends SettleTools, ClientAnswerTools {
  readonly kept: KeptObjects;
  readonly drains: Drains;
  readonly drainTimeoutMs: number;
  /** The most of an answer that is held until it is whole, in bytes. */
  readonly heldBytesMax: number;
}

/** Largest error, in bytes. */
const ERROR_BYTES_MAX = 1_048_576;

/**
 * One call at a vendor: reads the answer for what it cost, passes it on, and charges for it before it ends. A client that leaves does not end it: the
 * rest is read for what it cost (docs/llm.md).
 */
export class UpstreamCall implements Dispatcher.DispatchHandler {
  readonly #call: Call;
  readonly #read: ReadRequest;
  readonly #charge: Charge | undefined;
  readonly #deferred: Deferred | undefined;
  readonly #policies: CallPolicies;
  readonly #tools: UpstreamCallTools;
  readonly #ended: (ended: Ended) => void;
  readonly #client: ClientAnswer;
  #controller: Dispatcher.DispatchController | undefined;
  #head: VendorHead | undefined;
  #reader: AnswerReader | undefined;
  readonly #errorChunks: Buffer[] = [];
  #bytes = 0;
  #started = false;
  #sentWhole = false;
  #latencyMs: number | undefined;
  #giveUp: NodeJS.Timeout | undefined;
  /** It counts among the answers that go on without a client. */
  #draining = false;

  constructor(
    call: Call,
    read: ReadRequest,
    { charge, deferred }: { readonly charge: Charge | undefined; readonly deferred: Deferred | undefined },
    policies: CallPolicies,
    tools: UpstreamCallTools,
    ended: (ended: Ended) => void,
  ) {
    this.#call = call;
    this.#read = read;
    this.#charge = charge;
    this.#deferred = deferred;
    this.#policies = policies;
    this.#tools = tools;
    this.#ended = ended;
    this.#client = new ClientAnswer(call, tools, {
      left: () => this.#readOn('the client left'),
      full: () => this.#controller?.pause(),
      drained: () => this.#controller?.resume(),
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#started = true;
    if (this.#client.left) controller.abort(new Error('the client left'));
  }

  onRequestSent(): void {
    this.#sentWhole = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: VendorHead['headers']): void {
    if (status < 200) return;
    this.#controller = controller;
    this.#head = { status, headers };
    this.#latencyMs = performance.now() - this.#call.startedMs;
    if (status >= 300) return;
    this.#reader = readerFor(this.#call, this.#read, this.#policies, this.#tools.kept, this.#head, this.#deferred);
    if (!this.#reader.held) this.#client.begin(this.#head, this.#reader);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#reader === undefined || this.#head === undefined) {
      if (this.#bytes <= ERROR_BYTES_MAX) this.#errorChunks.push(chunk);
      return;
    }
    const shown = this.#reader.take(chunk);
    if (shown !== undefined) this.#client.write(shown);
    else if (this.#reader.held && this.#bytes > this.#tools.heldBytesMax && !this.#client.refused)
      this.#letGo(this.#reader, this.#head);
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
    if (this.#client.gone) this.#controller?.abort(new Error('the service stops'));
  }

  /** An answer that has become too long to be held goes on as it comes, if it may be shown before it is whole. */
  #letGo(reader: AnswerReader, head: VendorHead): void {
    const held = reader.letGo(this.#tools.heldBytesMax);
    if (reader.held || reader.refusal !== undefined) return;
    this.#client.begin(head, reader);
    if (held !== undefined) this.#client.write(held);
  }

  /** Ends the answer for the client, and reads the rest for what it costs. */
  #refuse(refusal: Parameters<ClientAnswer['refuse']>[0]): void {
    if (this.#client.gone) return;
    this.#client.refuse(refusal);
    this.#readOn('the answer is refused');
  }

  #readOn(why: string): void {
    // Nobody knows yet that the vendor has it, so it is given up; otherwise its answer decides what was done.
    this.#draining = this.#sentWhole && this.#tools.drains.enter(this.#call.options['llm.disconnect']);
    // What is made in the background goes on without us, and is followed once it has a name.
    const waits = this.#sentWhole && this.#deferred?.known === false;
    if (!this.#draining && !waits) {
      this.#controller?.abort(new Error(why));
      return;
    }
    this.#giveUp = setTimeout(() => this.#controller?.abort(new Error(why)), this.#tools.drainTimeoutMs);
    this.#controller?.resume();
  }

  async #end(): Promise<Settled | undefined> {
    const client = this.#client;
    const head = this.#head ?? { status: 502, headers: {} };
    if (this.#reader === undefined) {
      await release(this.#charge, this.#tools);
      client.passError(head, scrubbed(Buffer.concat(this.#errorChunks), this.#call.credential.secret));
      return undefined;
    }
    const rest = await this.#reader.rest();
    const settled = await this.#settle(true);
    if (client.refused) return settled;
    const { refusal, held } = this.#reader;
    if (refusal !== undefined) {
      if (!held && rest !== undefined) client.write(rest);
      client.refuse(refusal);
    } else if (held) client.whole(head, rest, settled);
    else client.end(rest);
    return settled;
  }

  /** The connection to the vendor broke, or was broken off. */
  async #break(error: Error): Promise<Settled | undefined> {
    const { requestId } = this.#call;
    if (!this.#client.gone) this.#tools.logger.warn({ err: error, requestId }, 'a call of a model broke off');
    const rest = await this.#reader?.rest();
    const settled = await this.#settle(false);
    if (!this.#client.gone) this.#client.breakOff(this.#reader, rest, failureOf(error, this.#started));
    return settled;
  }

  #settle(whole: boolean): Promise<Settled | undefined> {
    return settleAnswer(this.#call, this.#read, this.#charge, this.#reader, whole, this.#tools);
  }

  async #finish(ending: Promise<Settled | undefined>): Promise<void> {
    this.#client.close();
    clearTimeout(this.#giveUp);
    const settled = await ending.catch((error: unknown) => this.#fail(error));
    if (this.#draining) this.#tools.drains.leave();
    const { headers = {} } = this.#head ?? {};
    const { firstTextMs } = this.#reader ?? {};
    this.#ended({
      status: this.#head?.status,
      settled,
      sent: this.#sentWhole || this.#head !== undefined,
      model: this.#reader?.model,
      upstreamRequestId: text(headers['x-request-id'] ?? headers['request-id']),
      latencyMs: this.#latencyMs,
      ttftMs: firstTextMs === undefined ? undefined : firstTextMs - this.#call.startedMs,
      finishReason: this.#reader?.finishReason,
      responseBytes: this.#bytes,
      stream: this.#reader?.events ?? false,
      clientLeft: this.#client.left,
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
    this.#client.error(error);
    return undefined;
  }

  #verdict(): Ended['verdict'] {
    if (this.#head === undefined) return this.#client.left ? 'nothing' : 'failed';
    return this.#head.status >= 500 ? 'failed' : 'succeeded';
  }
}

function text(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
