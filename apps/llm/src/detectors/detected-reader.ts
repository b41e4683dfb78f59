import type { AppError } from '@turnpike/service-kit';
import type { AnswerReader } from '../calls/answer-reader.ts';
import { tooLong } from '../calls/errors.ts';
import { OuterReader } from '../calls/outer-reader.ts';

/** What is done with an answer when it is whole. */
export interface Detection {
  /** Nothing is shown before it was judged; otherwise it passes, and is only told of. */
  readonly holds: boolean;
  /** Judges what a client is to see. What the call is refused with; `undefined` where it is not. */
  readonly judge: (answer: Buffer | undefined) => Promise<AppError | undefined>;
}

/** Bytes of an answer that detectors are asked about; of a longer one they are not. */
const ANSWER_BYTES_MAX = 1_048_576;

/** Puts detectors of others behind a reader. One that may block holds the whole answer, also that of a stream; one that flags does not. */
export function detectedReader(reader: AnswerReader, detection: Detection): AnswerReader {
  return new DetectedReader(reader, detection);
}

class DetectedReader extends OuterReader implements AnswerReader {
  readonly #detection: Detection;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #refusal: AppError | undefined;

  constructor(reader: AnswerReader, detection: Detection) {
    super(reader);
    this.#detection = detection;
  }

  get events(): boolean {
    return this.reader.events && !this.#detection.holds;
  }

  get held(): boolean {
    return this.reader.held || this.#detection.holds;
  }

  get refusal(): AppError | undefined {
    // Of an answer that is held nothing was sent, so it is refused as a whole, when it has ended.
    return this.#detection.holds ? this.#refusal : this.reader.refusal;
  }

  take(chunk: Buffer): Buffer | undefined {
    const shown = this.reader.take(chunk);
    this.#gather(shown);
    return this.#detection.holds ? undefined : shown;
  }

  letGo(bytesMax: number): Buffer | undefined {
    const shown = this.reader.held ? this.reader.letGo(bytesMax) : undefined;
    if (!this.#detection.holds) {
      this.#gather(shown);
      return shown;
    }
    this.#chunks = [];
    this.#refusal = this.reader.refusal ?? tooLong(bytesMax);
    return undefined;
  }

  async rest(): Promise<Buffer | undefined> {
    const rest = await this.reader.rest();
    if (this.#detection.holds && this.#refusal !== undefined) return undefined;
    this.#gather(rest);
    const answer = this.#bytes > ANSWER_BYTES_MAX && !this.#detection.holds ? undefined : Buffer.concat(this.#chunks);
    const judged = this.#bytes > ANSWER_BYTES_MAX ? undefined : answer;
    this.#refusal = this.reader.refusal ?? (await this.#detection.judge(judged));
    return this.#detection.holds ? answer : rest;
  }

  #gather(bytes: Buffer | undefined): void {
    if (bytes === undefined || this.#refusal !== undefined) return;
    this.#bytes += bytes.length;
    if (this.#detection.holds || this.#bytes <= ANSWER_BYTES_MAX) this.#chunks.push(bytes);
    else this.#chunks = [];
  }
}
