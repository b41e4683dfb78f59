import type { AppError } from '@turnpike/service-kit';
import type { Operation } from '../paths/classify.ts';
import type { Dialect } from '../paths/dialect.ts';
import { spoken } from '../requests/estimate.ts';
import { FACTS, factsFrom, factsOf } from '../usage/answer-usage.ts';
import { EventSplitter } from '../usage/event-splitter.ts';
import { MemberWatch } from '../usage/member-watch.ts';
import { geminiUsage } from '../usage/reported.ts';
import { StreamMeter } from '../usage/stream-meter.ts';
import { lastObjectIn, TAIL_BYTES } from '../usage/tail.ts';
import type { Reported } from '../usage/usage.ts';
import type { ReadRequest } from './call.ts';
import type { Ending } from './settle.ts';

/** Reads an answer while it passes: what goes on to the client, and what it says of its use. */
export interface AnswerReader {
  /** It is an event stream, so comments may be sent between events. */
  readonly events: boolean;
  /** Nothing is sent before all of it is there, as its head tells what it cost. */
  readonly held: boolean;
  /**
   * It has become too long to be held, at `bytesMax` bytes: drops what it keeps, and either is not `held` any more and returns what is to be shown, or
   * refuses.
   */
  letGo(bytesMax: number): Buffer | undefined;
  /** What goes on of a piece; `undefined` where that is nothing yet. */
  take(chunk: Buffer): Buffer | undefined;
  /** What is left to send when the answer has ended. */
  rest(): Buffer | undefined | Promise<Buffer | undefined>;
  /** Why nothing more of the answer is shown. */
  readonly refusal?: AppError | undefined;
  /** Whether comments may be sent now. */
  readonly between: boolean;
  /** The vendor said in the stream that it failed. */
  readonly failed: boolean;
  readonly model: string | undefined;
  /** Why the model stopped, in the vendor's word. */
  readonly finishReason?: string | undefined;
  /** When the first text of a stream came, on the clock of `performance.now()`. */
  readonly firstTextMs?: number | undefined;
  /** How it ended. `whole`: nothing is missing. */
  ending(whole: boolean): Ending;
}

export function isEventStream(mediaType: string): boolean {
  return /^text\/event-stream\b/i.test(mediaType);
}

/** The reader of a successful answer, by its media type. */
export function readerOf({ dialect, endpoint, unit }: Operation, read: ReadRequest, mediaType: string): AnswerReader {
  if (isEventStream(mediaType)) return new EventReader(dialect, read.hidesUsage);
  if (/^application\/json\b/i.test(mediaType) && endpoint !== 'streamGenerateContent') return new JsonReader(dialect);
  const known =
    unit === 'characters' && read.json !== undefined ? { usage: spoken(read.json), tier: undefined } : undefined;
  return new RawReader(known);
}

class EventReader implements AnswerReader {
  readonly events = true;
  readonly held = false;
  readonly letGo = nothing;
  readonly #splitter = new EventSplitter();
  readonly #meter: StreamMeter;

  constructor(dialect: Dialect, hidesUsage: boolean) {
    this.#meter = new StreamMeter(dialect, hidesUsage);
  }

  take(chunk: Buffer): Buffer | undefined {
    const shown = this.#splitter.push(chunk).filter((event) => this.#meter.saw(event));
    return shown.length > 1 ? Buffer.concat(shown) : shown[0];
  }

  rest(): Buffer | undefined {
    const rest = this.#splitter.rest();
    return rest.length > 0 && this.#meter.saw(rest) ? rest : undefined;
  }

  get between(): boolean {
    return this.#splitter.between;
  }

  get failed(): boolean {
    return this.#meter.failed;
  }

  get model(): string | undefined {
    return this.#meter.model;
  }

  get finishReason(): string | undefined {
    return this.#meter.finishReason;
  }

  get firstTextMs(): number | undefined {
    return this.#meter.firstTextMs;
  }

  ending(): Ending {
    const { reported, complete, writtenBytes } = this.#meter;
    return { reported, complete, writtenBytes };
  }
}

class JsonReader implements AnswerReader {
  readonly events = false;
  readonly between = false;
  readonly failed = false;
  readonly #dialect: Dialect;
  #chunks: Buffer[] = [];
  /** Follows an answer that is not held any more. */
  #watch: MemberWatch | undefined;
  #reported: Reported | undefined;
  model: string | undefined;
  finishReason: string | undefined;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  get held(): boolean {
    return this.#watch === undefined;
  }

  take(chunk: Buffer): Buffer | undefined {
    if (this.#watch === undefined) {
      this.#chunks.push(chunk);
      return undefined;
    }
    this.#watch.push(chunk);
    return chunk;
  }

  letGo(): Buffer {
    const held = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#watch = new MemberWatch(FACTS);
    this.#watch.push(held);
    return held;
  }

  rest(): Buffer | undefined {
    const whole = Buffer.concat(this.#chunks);
    const facts = this.#watch === undefined ? factsOf(this.#dialect, whole) : factsFrom(this.#dialect, this.#watch);
    this.#reported = facts.reported;
    this.model = facts.model;
    this.finishReason = facts.finishReason;
    return this.#watch === undefined ? whole : undefined;
  }

  ending(whole: boolean): Ending {
    return { reported: this.#reported, complete: whole, writtenBytes: 0 };
  }
}

function nothing(): undefined {}

/** Audio, and Google's stream in a JSON array. */
class RawReader implements AnswerReader {
  readonly events = false;
  readonly held = false;
  readonly letGo = nothing;
  readonly between = false;
  readonly failed = false;
  readonly model = undefined;
  readonly #known: Reported | undefined;
  #tail: Buffer = Buffer.alloc(0);

  constructor(known: Reported | undefined) {
    this.#known = known;
  }

  take(chunk: Buffer): Buffer {
    this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-TAIL_BYTES);
    return chunk;
  }

  rest(): undefined {}

  ending(whole: boolean): Ending {
    const usage = lastObjectIn(this.#tail, 'usageMetadata');
    return { reported: this.#known ?? (usage && geminiUsage(usage)), complete: whole, writtenBytes: 0 };
  }
}
