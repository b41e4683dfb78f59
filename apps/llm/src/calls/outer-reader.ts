import type { AnswerReader } from './answer-reader.ts';
import type { Ending } from './settle.ts';

/** A reader that looks at an answer before or after another has read it: what it does not say itself, that other one says. */
export abstract class OuterReader {
  protected readonly reader: AnswerReader;

  constructor(reader: AnswerReader) {
    this.reader = reader;
  }

  get between(): boolean {
    return this.reader.between;
  }

  get failed(): boolean {
    return this.reader.failed;
  }

  get model(): string | undefined {
    return this.reader.model;
  }

  get finishReason(): string | undefined {
    return this.reader.finishReason;
  }

  get firstTextMs(): number | undefined {
    return this.reader.firstTextMs;
  }

  ending(whole: boolean): Ending {
    return this.reader.ending(whole);
  }
}
