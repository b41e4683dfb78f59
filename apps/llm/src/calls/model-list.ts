import { AppError } from '@turnpike/service-kit';
import type { Dialect } from '../paths/dialect.ts';
import type { AnswerReader } from './answer-reader.ts';
import { tooLong } from './errors.ts';
import type { Ending } from './settle.ts';

/** A vendor's list of models, without those that a key may not call. */
export class ModelListReader implements AnswerReader {
  readonly events = false;
  readonly held = true;
  readonly between = false;
  readonly failed = false;
  readonly model = undefined;
  refusal: AppError | undefined;
  readonly #member: 'data' | 'models';
  readonly #mayCall: (model: string) => boolean;
  #chunks: Buffer[] = [];

  constructor(dialect: Dialect, mayCall: (model: string) => boolean) {
    this.#member = dialect === 'gemini' ? 'models' : 'data';
    this.#mayCall = mayCall;
  }

  take(chunk: Buffer): undefined {
    if (this.refusal === undefined) this.#chunks.push(chunk);
  }

  letGo(bytesMax: number): undefined {
    this.#chunks = [];
    this.refusal = tooLong(bytesMax);
  }

  rest(): Buffer | undefined {
    if (this.refusal !== undefined) return undefined;
    try {
      const answer = JSON.parse(Buffer.concat(this.#chunks).toString()) as Record<string, unknown>;
      const list = answer[this.#member];
      if (!Array.isArray(list)) throw new TypeError('the answer has no list');
      const shown = list.filter((each: unknown) => this.#mayCall(nameOf(each)));
      return Buffer.from(JSON.stringify({ ...answer, [this.#member]: shown }));
    } catch (cause) {
      // What cannot be looked through is not shown.
      this.refusal = new AppError('upstream.bad_gateway', { detail: 'The list of models cannot be read.', cause });
      return undefined;
    }
  }

  ending(whole: boolean): Ending {
    return { reported: undefined, complete: whole, writtenBytes: 0 };
  }
}

/** Google writes `models/` before its names. */
function nameOf(model: unknown): string {
  const { id, name } = Object(model) as { readonly id?: unknown; readonly name?: unknown };
  const named = id ?? name;
  return typeof named === 'string' ? named.replace(/^models\//, '') : '';
}
