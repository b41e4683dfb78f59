import { AppError } from '@turnpike/service-kit';
import type { AnswerReader } from '../calls/answer-reader.ts';
import type { Call } from '../calls/call.ts';
import { OuterReader } from '../calls/outer-reader.ts';
import type { Ending } from '../calls/settle.ts';
import type { KeptAct } from '../paths/kept-paths.ts';
import { JsonBody, UnreadableBody } from '../requests/json-body.ts';
import { object } from '../usage/reported.ts';
import type { KeptObjects } from './kept-objects.ts';

/** Start of a stream in which its first event, which names the response, must end, in bytes. */
const FIRST_EVENT_BYTES_MAX = 1_048_576;

/** Notes what an answer says was made or deleted at the vendor before the client has all of it. */
export class KeptReader extends OuterReader implements AnswerReader {
  readonly #call: Call;
  readonly #act: KeptAct;
  readonly #kept: KeptObjects;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #noted: Promise<boolean> | undefined;
  #refusal: AppError | undefined;

  constructor(reader: AnswerReader, call: Call, act: KeptAct, kept: KeptObjects) {
    super(reader);
    this.#call = call;
    this.#act = act;
    this.#kept = kept;
  }

  take(chunk: Buffer): Buffer | undefined {
    if (this.#act.act === 'make' && this.#noted === undefined) this.#look(chunk);
    return this.reader.take(chunk);
  }

  async rest(): Promise<Buffer | undefined> {
    const { act, kind, id } = this.#act;
    if (act === 'make' && !this.events) this.#note(Buffer.concat(this.#chunks));
    if (act === 'remove' && id !== undefined) await this.#kept.removed(this.#call, id);
    const noted = await this.#noted;
    // A response was paid for, so it is shown even where it cannot be asked for again.
    if (act === 'make' && kind !== 'response' && noted !== true)
      this.#refusal = new AppError('upstream.bad_gateway', { detail: 'What was made could not be noted as yours.' });
    return this.reader.rest();
  }

  get events(): boolean {
    return this.reader.events;
  }

  get held(): boolean {
    return this.reader.held;
  }

  get refusal(): AppError | undefined {
    return this.reader.refusal ?? this.#refusal;
  }

  /** What is read again was charged when it was made. */
  override ending(whole: boolean): Ending {
    if (this.#call.operation.treatment === 'metered') return super.ending(whole);
    return { reported: undefined, complete: whole, writtenBytes: 0 };
  }

  #look(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.events && this.#bytes > FIRST_EVENT_BYTES_MAX) {
      this.#chunks = [];
      return;
    }
    this.#chunks.push(chunk);
    if (!this.events) return;
    const start = Buffer.concat(this.#chunks).toString();
    const data = /^data:(.*)\r?\n\r?\n/m.exec(start)?.[1];
    if (data === undefined) return;
    this.#chunks = [];
    this.#note(Buffer.from(data));
  }

  #note(answer: Buffer): void {
    const { kind } = this.#act;
    try {
      const body = new JsonBody(answer);
      const made = this.events ? object(body.get('response')) : { id: body.get('id'), store: body.get('store') };
      const { id, store } = made as { readonly id?: unknown; readonly store?: unknown };
      // The vendor says whether it keeps a response.
      if (typeof id !== 'string' || id === '' || store === false) return;
      const listed = kind === 'file' ? (JSON.parse(answer.toString()) as unknown) : undefined;
      this.#noted = this.#kept.made(this.#call, kind, id, listed);
    } catch (error) {
      if (!(error instanceof UnreadableBody)) throw error;
    }
  }
}
