import {
  inspectAnswer,
  inspectText,
  StreamGuard,
  UnreadableJson,
  type ActiveRules,
  type Finding,
  type Passed,
} from '@turnpike/policies';
import { AppError } from '@turnpike/service-kit';
import type { AnswerReader } from '../calls/answer-reader.ts';
import { tooLong } from '../calls/errors.ts';
import { OuterReader } from '../calls/outer-reader.ts';
import { streamDialect, type Dialect } from '../paths/dialect.ts';
import { EventSplitter } from '../usage/event-splitter.ts';

/** How an answer is judged. */
export interface GuardUses {
  readonly mediaType: string;
  /** The answer is compressed, though that was not asked for, so that nothing can be found in it. */
  readonly coded: boolean;
  readonly dialect: Dialect;
  /** Told once of all that was found; answers what the call is refused with. */
  readonly refusalOf: (findings: readonly Finding[]) => AppError | undefined;
}

/** Puts the rules for answers behind a reader. What is no text, such as audio, passes. */
export function guardedReader(reader: AnswerReader, rules: ActiveRules, uses: GuardUses): AnswerReader {
  if (uses.coded) return rules.enforced ? new Unfollowed(reader) : reader;
  if (reader.events) return new GuardedEvents(reader, rules, uses);
  if (/^(?:application\/json|text\/)/i.test(uses.mediaType)) return new GuardedWhole(reader, rules, uses);
  return reader;
}

abstract class Guarded extends OuterReader {
  refusal: AppError | undefined;
}

class GuardedEvents extends Guarded implements AnswerReader {
  readonly events = true;
  readonly held = false;
  readonly letGo = (): undefined => {};
  readonly #guard: StreamGuard;
  readonly #splitter = new EventSplitter();
  readonly #uses: GuardUses;
  #told = false;

  constructor(reader: AnswerReader, rules: ActiveRules, uses: GuardUses) {
    super(reader);
    this.#uses = uses;
    this.#guard = new StreamGuard(rules, streamDialect(uses.dialect));
  }

  take(chunk: Buffer): Buffer | undefined {
    const shown = this.reader.take(chunk);
    return shown === undefined ? undefined : this.#pass(this.#splitter.push(shown));
  }

  async rest(): Promise<Buffer | undefined> {
    const rest = [await this.reader.rest(), this.#splitter.rest()].filter((bytes) => bytes !== undefined);
    const last = this.#pass(rest.filter(({ length }) => length > 0));
    const end = this.refusal === undefined ? this.#shown([this.#guard.end()]) : undefined;
    if (!this.#told) this.#tell();
    const shown = [last, end].filter((bytes) => bytes !== undefined);
    return shown.length === 0 ? undefined : Buffer.concat(shown);
  }

  #pass(events: readonly Buffer[]): Buffer | undefined {
    if (this.refusal !== undefined) return undefined;
    const passed: Passed[] = [];
    for (const event of events) {
      const each = this.#guard.push(event);
      passed.push(each);
      if (each.blockedBy !== undefined || each.overflow === true) break;
    }
    return this.#shown(passed);
  }

  #shown(passed: readonly Passed[]): Buffer | undefined {
    const last = passed.at(-1);
    if (last?.blockedBy !== undefined) this.#tell();
    if (last?.overflow === true) this.refusal = unfollowed();
    const events = passed.flatMap((each) => each.events);
    return events.length === 0 ? undefined : Buffer.concat(events);
  }

  #tell(): void {
    this.#told = true;
    this.refusal ??= this.#uses.refusalOf(this.#guard.findings);
  }
}

/** An answer of which nothing is shown before all of it was looked at. One that is too long for that is refused, or passes where rules only flag. */
class GuardedWhole extends Guarded implements AnswerReader {
  readonly events = false;
  held = true;
  #chunks: Buffer[] = [];
  readonly #rules: ActiveRules;
  readonly #uses: GuardUses;

  constructor(reader: AnswerReader, rules: ActiveRules, uses: GuardUses) {
    super(reader);
    this.#rules = rules;
    this.#uses = uses;
  }

  take(chunk: Buffer): Buffer | undefined {
    const shown = this.reader.take(chunk);
    if (!this.held) return shown;
    if (this.refusal === undefined) this.#chunks.push(chunk);
    return undefined;
  }

  letGo(bytesMax: number): Buffer | undefined {
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [];
    if (this.reader.held) this.reader.letGo(bytesMax);
    if (this.#rules.enforced) {
      this.refusal = tooLong(bytesMax);
      return undefined;
    }
    this.held = false;
    return whole;
  }

  async rest(): Promise<Buffer | undefined> {
    const rest = await this.reader.rest();
    if (!this.held) return rest;
    if (this.refusal !== undefined) return undefined;
    const whole = Buffer.concat(this.#chunks);
    const inspect = /^application\/json/i.test(this.#uses.mediaType) ? inspectAnswer : inspectText;
    try {
      const { findings, redacted } = await inspect(whole.toString(), this.#rules);
      this.refusal = this.#uses.refusalOf(findings);
      return redacted === undefined ? whole : Buffer.from(redacted);
    } catch (error) {
      if (!(error instanceof UnreadableJson || error instanceof SyntaxError)) throw error;
      if (this.#rules.enforced) this.refusal = unfollowed(error);
      return whole;
    }
  }
}

/** An answer of which nothing is shown, since it cannot be looked at. */
class Unfollowed extends Guarded implements AnswerReader {
  readonly events = false;
  readonly held = true;

  take(chunk: Buffer): undefined {
    this.reader.take(chunk);
  }

  letGo(bytesMax: number): undefined {
    if (this.reader.held) this.reader.letGo(bytesMax);
    this.refusal = unfollowed();
  }

  async rest(): Promise<undefined> {
    await this.reader.rest();
    this.refusal = unfollowed();
  }
}

/** An answer that policies cannot look at. */
export function unfollowed(cause?: unknown): AppError {
  return new AppError('upstream.bad_gateway', {
    detail: 'The answer cannot be checked against the policies of this gateway.',
    cause,
  });
}
