import { AppError } from '@turnpike/service-kit';
import type { AnswerReader } from '../calls/answer-reader.ts';
import type { Call } from '../calls/call.ts';
import { tooLong } from '../calls/errors.ts';
import { OuterReader } from '../calls/outer-reader.ts';
import type { Ending } from '../calls/settle.ts';
import type { KeptObjects } from './kept-objects.ts';
import { factsOfUpload, type UploadHeaders } from './upload-facts.ts';

/** Notes whose an upload in parts is, and the file that comes of it, before the client has the answer, which is short. */
export class UploadReader extends OuterReader implements AnswerReader {
  readonly events = false;
  readonly held = true;
  readonly #call: Call;
  readonly #kept: KeptObjects;
  readonly #headers: UploadHeaders;
  #raw: Buffer[] = [];
  #shown: Buffer[] = [];
  #refusal: AppError | undefined;

  /** `headers`: the vendor's, by their names in lower case. */
  constructor(reader: AnswerReader, call: Call, kept: KeptObjects, headers: UploadHeaders) {
    super(reader);
    this.#call = call;
    this.#kept = kept;
    this.#headers = headers;
  }

  take(chunk: Buffer): undefined {
    const shown = this.reader.take(chunk);
    if (this.#refusal !== undefined) return;
    this.#raw.push(chunk);
    this.#show(shown);
  }

  letGo(bytesMax: number): undefined {
    if (this.reader.held) this.reader.letGo(bytesMax);
    this.#raw = [];
    this.#shown = [];
    this.#refusal = tooLong(bytesMax);
  }

  async rest(): Promise<Buffer> {
    const { uploadId, file } = factsOfUpload(this.#headers, Buffer.concat(this.#raw));
    const made = [
      ...(uploadId === undefined ? [] : [this.#kept.made(this.#call, 'upload', uploadId, undefined)]),
      ...(file === undefined ? [] : [this.#kept.made(this.#call, 'file', file.name, file)]),
    ];
    if ((await Promise.all(made)).includes(false))
      this.#refusal = new AppError('upstream.bad_gateway', { detail: 'What was made could not be noted as yours.' });
    this.#show(await this.reader.rest());
    return Buffer.concat(this.#shown);
  }

  get refusal(): AppError | undefined {
    return this.reader.refusal ?? this.#refusal;
  }

  override ending(whole: boolean): Ending {
    return { reported: undefined, complete: whole, writtenBytes: 0 };
  }

  #show(bytes: Buffer | undefined): void {
    if (bytes !== undefined) this.#shown.push(bytes);
  }
}
