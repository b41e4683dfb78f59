import { AppError } from '@turnpike/service-kit';
import type { AnswerReader } from '../calls/answer-reader.ts';
import type { Call } from '../calls/call.ts';
import { OuterReader } from '../calls/outer-reader.ts';
import type { Ending } from '../calls/settle.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { KeptAct, KeptKind } from '../paths/kept-paths.ts';
import { JsonBody, UnreadableBody } from '../requests/json-body.ts';
import { dataOf, EventSplitter } from '../usage/event-splitter.ts';
import { MemberWatch } from '../usage/member-watch.ts';
import { object } from '../usage/reported.ts';
import { containerIdsOf, itemIdsOf } from './item-ids.ts';
import type { KeptObjects } from './kept-objects.ts';

/** Last events of a stream of the Responses API: whoever has seen one may name the items of the response. */
const LAST_EVENTS = ['completed', 'incomplete', 'failed'].map((end) => Buffer.from(`event: response.${end}`));
/** Kinds that are listed as the vendor described them last, and those whose items requests may name. */
const LISTED: ReadonlySet<KeptKind> = new Set(['file', 'vector_store', 'container', 'skill']);
const HAVE_ITEMS: ReadonlySet<KeptKind> = new Set(['response', 'conversation']);
const CR = 0x0d;
const LF = 0x0a;

/** Notes what an answer says was made, shown or deleted at the vendor before the client has all of it. */
export class KeptReader extends OuterReader implements AnswerReader {
  readonly #call: Call;
  readonly #model: string | undefined;
  readonly #act: KeptAct;
  readonly #kept: KeptObjects;
  /** Of an event stream; it may be held and shown as a whole. */
  readonly #splitter: EventSplitter | undefined;
  #chunks: Buffer[] = [];
  /** Follows an answer that is not held any more: what it is, and not its items. */
  #watch: MemberWatch | undefined;
  readonly #items: string[] = [];
  readonly #containers = new Set<string>();
  /** What else is noted before the end is shown. */
  readonly #notes: Promise<unknown>[] = [];
  #first = true;
  #objectId: string | undefined;
  #noted: Promise<boolean> | undefined;
  #refusal: AppError | undefined;
  /** What is shown once all is noted. */
  readonly #held: Buffer[] = [];

  /** `model`: what the request was made of; `streamed`: the vendor answers with an event stream. */
  constructor(
    reader: AnswerReader,
    call: Call,
    model: string | undefined,
    act: KeptAct,
    kept: KeptObjects,
    streamed: boolean,
  ) {
    super(reader);
    this.#call = call;
    this.#model = model;
    this.#act = act;
    this.#kept = kept;
    this.#splitter = streamed ? new EventSplitter() : undefined;
    this.#objectId = act.id;
  }

  take(chunk: Buffer): Buffer | undefined {
    if (this.#splitter !== undefined) for (const event of this.#splitter.push(chunk)) this.#follow(event);
    else if (this.#watch !== undefined) this.#watch.push(chunk);
    else if (this.#reads) this.#chunks.push(chunk);
    const shown = this.reader.take(chunk);
    return shown === undefined || this.#splitter === undefined ? shown : this.#withoutLast(shown);
  }

  letGo(bytesMax: number): Buffer | undefined {
    if (this.#reads) {
      this.#watch = new MemberWatch(['id', 'store']);
      for (const chunk of this.#chunks) this.#watch.push(chunk);
      this.#chunks = [];
    }
    return this.reader.letGo(bytesMax);
  }

  async rest(): Promise<Buffer | undefined> {
    const { act, id } = this.#act;
    const watch = this.#watch;
    if (watch !== undefined && act === 'make') this.#made({ id: watch.get('id'), store: watch.get('store') });
    else if (this.#splitter === undefined && this.#reads) this.#readWhole(Buffer.concat(this.#chunks));
    if (act === 'remove' && id !== undefined) await this.#kept.removed(this.#call, this.#act);
    const noted = act === 'make' || this.#act.fileIn !== undefined ? (await this.#noted) === true : true;
    await Promise.all(this.#notes);
    // What was paid for is shown even where it cannot be asked for again.
    if (this.#call.operation.treatment === 'free' && !noted)
      this.#refusal = new AppError('upstream.bad_gateway', { detail: 'What was made could not be noted as yours.' });
    if (noted && this.#objectId !== undefined && this.#items.length > 0)
      await this.#kept.showed(this.#call, this.#objectId, this.#items);
    const rest = await this.reader.rest();
    const shown = [...this.#held, rest].filter((bytes) => bytes !== undefined);
    return shown.length > 1 ? Buffer.concat(shown) : shown[0];
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

  /** The content of files is not, of whatever length it may be. */
  get #reads(): boolean {
    const { act, kind, shows, fileIn } = this.#act;
    if (act === 'make' || fileIn !== undefined) return true;
    return act === 'use' && (HAVE_ITEMS.has(kind) || (shows === true && LISTED.has(kind)));
  }

  #follow(event: Buffer): void {
    const named = this.#act.kind === 'response' && event.includes('response.output_item.');
    if (!this.#first && !named) return;
    const data = parsed(event);
    // Comments may come before the first event.
    if (data === undefined) return;
    if (this.#first && this.#act.act === 'make')
      this.#made(this.#act.kind === 'completion' ? data : object(data['response'] ?? data['interaction']));
    this.#first = false;
    if (!named) return;
    if (data['type'] === 'response.output_item.added') this.#items.push(...itemIdsOf([data['item']]));
    this.#showedContainers([data['item']]);
  }

  #readWhole(answer: Buffer): void {
    const { act, kind, shows, fileIn } = this.#act;
    try {
      const body = new JsonBody(answer);
      if (act === 'make') this.#made({ id: body.get('id'), store: body.get('store') }, answer);
      if (fileIn !== undefined) this.#madeFile(object(body.get(fileIn)));
      if (act === 'use' && shows === true && LISTED.has(kind) && body.get('id') === this.#act.id)
        this.#notes.push(this.#kept.described(this.#call, this.#act.id ?? '', described(answer)));
      if (!HAVE_ITEMS.has(kind)) return;
      const [output, data] = [body.get('output'), body.get('data')];
      this.#items.push(...itemIdsOf(output), ...itemIdsOf(data));
      this.#showedContainers(output);
      this.#showedContainers(data);
    } catch (error) {
      if (!(error instanceof UnreadableBody)) throw error;
    }
  }

  /** The vendor says whether it keeps a response. */
  #made({ id, store }: { readonly id?: unknown; readonly store?: unknown }, answer?: Buffer): void {
    const { kind } = this.#act;
    if (typeof id !== 'string' || id === '' || store === false) return;
    const listed = answer !== undefined && LISTED.has(kind) ? described(answer) : undefined;
    this.#objectId = id;
    this.#noted = this.#kept.made(this.#call, kind, id, listed, this.#model);
  }

  #madeFile(file: Readonly<Record<string, unknown>>): void {
    const { id } = file;
    if (typeof id === 'string') this.#noted = this.#kept.made(this.#call, 'file', id, file);
  }

  /** Containers that the vendor made for an answer, which requests may name from then on. */
  #showedContainers(items: unknown): void {
    for (const id of containerIdsOf(items)) {
      if (this.#containers.has(id)) continue;
      this.#containers.add(id);
      this.#notes.push(this.#kept.made(this.#call, 'container', id, undefined));
    }
  }

  /** What is shown now: the end of a response waits until its items are noted. */
  #withoutLast(shown: Buffer): Buffer | undefined {
    const ended = this.#held.length > 0;
    const none = this.#items.length === 0 && this.#containers.size === 0;
    const at = ended ? 0 : none ? -1 : lastEventIn(shown);
    if (at === -1) return shown;
    this.#held.push(shown.subarray(at));
    return at === 0 ? undefined : shown.subarray(0, at);
  }
}

/** Where the last event of a response begins; -1 where that is not here. */
function lastEventIn(events: Buffer): number {
  for (const mark of LAST_EVENTS) {
    const at = events.indexOf(mark);
    // JSON has no raw line breaks, so that no text of a model's begins a line.
    if (at === 0 || (at > 0 && (events[at - 1] === LF || events[at - 1] === CR))) return at;
  }
  return -1;
}

function described(answer: Buffer): Prisma.InputJsonObject {
  return JSON.parse(answer.toString()) as Prisma.InputJsonObject;
}

function parsed(event: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    return object(JSON.parse(dataOf(event) ?? ''));
  } catch {
    return undefined;
  }
}
