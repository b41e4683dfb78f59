import type { AppError } from '@turnpike/service-kit';
import { dataOf, EventSplitter } from '../usage/event-splitter.ts';
import { MemberWatch } from '../usage/member-watch.ts';
import { object } from '../usage/reported.ts';
import type { AnswerReader } from './answer-reader.ts';
import type { Deferred } from './call.ts';
import { OuterReader } from './outer-reader.ts';

/** What of a response is read. */
const MEMBERS = ['id', 'status', 'model', 'service_tier', 'usage'];

/** Tells of the response that an answer says is made in the background: in its first event, or as a whole. */
export class MadeReader extends OuterReader implements AnswerReader {
  readonly #deferred: Deferred;
  readonly #splitter: EventSplitter | undefined;
  readonly #watch = new MemberWatch(MEMBERS);
  #noted: Promise<void> | undefined;

  /** `streamed`: the vendor answers with an event stream. */
  constructor(reader: AnswerReader, deferred: Deferred, streamed: boolean) {
    super(reader);
    this.#deferred = deferred;
    this.#splitter = streamed ? new EventSplitter() : undefined;
  }

  take(chunk: Buffer): Buffer | undefined {
    if (this.#splitter === undefined) this.#watch.push(chunk);
    else if (this.#noted === undefined) for (const event of this.#splitter.push(chunk)) this.#follow(event);
    return this.reader.take(chunk);
  }

  letGo(bytesMax: number): Buffer | undefined {
    return this.reader.letGo(bytesMax);
  }

  async rest(): Promise<Buffer | undefined> {
    if (this.#splitter === undefined)
      this.#noted = this.#deferred.made(Object.fromEntries(MEMBERS.map((member) => [member, this.#watch.get(member)])));
    await this.#noted;
    return this.reader.rest();
  }

  get events(): boolean {
    return this.reader.events;
  }

  get held(): boolean {
    return this.reader.held;
  }

  get refusal(): AppError | undefined {
    return this.reader.refusal;
  }

  #follow(event: Buffer): void {
    if (this.#noted !== undefined) return;
    try {
      const { response } = object(JSON.parse(dataOf(event) ?? ''));
      if (typeof response === 'object' && response !== null) this.#noted = this.#deferred.made(response);
    } catch {
      // A comment, or no JSON: the next event says it.
    }
  }
}
