import type { PolicyRule } from '@turnpike/contracts';
import { UnreadableJson } from '../bodies/json-walk.ts';
import { jsonTexts, probabilities, type TextPlace } from '../bodies/text-places.ts';
import type { Edit } from '../rules/edits.ts';
import { blockingRule, type Finding } from '../rules/findings.ts';
import type { ActiveRules } from '../rules/policy-set.ts';
import { TextScan } from '../rules/text-scan.ts';
import { StreamEvent } from './event.ts';
import { endedBy, slotOf, type StreamDialect } from './slots.ts';

/** Events that are held back, in bytes, at most: a stream that needs more is broken off. */
export const HELD_BYTES_MAX = 1_048_576;
/** Texts of one stream that are followed at a time. */
const CHANNELS_MAX = 256;

/** A text that comes in pieces. */
interface Channel {
  readonly scan: TextScan;
  /** Characters that came. */
  length: number;
}

/** A piece of a text within an event. */
interface Piece {
  readonly channel: Channel;
  readonly place: TextPlace;
  /** Where it ends in its text. */
  readonly to: number;
}

interface Held {
  /** It brings something whole that is blocked, or something that cannot be looked at. */
  readonly stops: boolean;
  readonly event: StreamEvent;
  readonly pieces: readonly Piece[];
  readonly edits: readonly Edit[];
}

/** What may be sent on, and whether that was all. */
export interface Passed {
  readonly events: readonly Buffer[];
  /** The rule that ends the stream: nothing more is to be sent. */
  readonly blockedBy?: PolicyRule;
  /** The stream cannot be followed any more, so that rules which block or redact cannot be kept. */
  readonly overflow?: true;
}

/**
 * Looks at a stream of events on its way. An event is let go, whole and in its turn, once nothing in it can become part of something that is
 * blocked or redacted. See ADR 30.
 */
export class StreamGuard {
  readonly #rules: ActiveRules;
  readonly #dialect: StreamDialect;
  readonly #channels = new Map<string, Channel>();
  readonly #findings: Finding[] = [];
  /** Found in texts that events bring whole, which may repeat what came in pieces. */
  readonly #repeated: Finding[] = [];
  #blocks = false;
  #queue: Held[] = [];
  #heldBytes = 0;

  constructor(rules: ActiveRules, dialect: StreamDialect) {
    this.#rules = rules;
    this.#dialect = dialect;
  }

  /** Takes one whole event. */
  push(bytes: Buffer): Passed {
    const event = new StreamEvent(bytes);
    this.#queue.push(this.#read(event));
    this.#heldBytes += bytes.length;
    return this.#pass();
  }

  /** No event comes any more. */
  end(): Passed {
    for (const name of this.#channels.keys()) this.#end(name);
    return this.#pass();
  }

  /** What was found so far, with its place in its text. */
  get findings(): readonly Finding[] {
    const open = Array.from(this.#channels.values(), ({ scan }) => findingsOf(scan)).flat();
    const inPieces = [...this.#findings, ...open];
    const known = new Set(inPieces.map(keyOf));
    return [...inPieces, ...this.#repeated.filter((finding) => isNew(known, keyOf(finding)))];
  }

  #read(event: StreamEvent): Held {
    const { data } = event;
    if (data.trim() === '' || data.trim() === '[DONE]') return { event, pieces: [], edits: [], stops: false };
    try {
      return this.#readData(event, JSON.parse(data));
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof UnreadableJson)) throw error;
      return { event, pieces: [], edits: [], stops: this.#rules.enforced };
    }
  }

  #readData(event: StreamEvent, data: unknown): Held {
    let stops = false;
    const pieces: Piece[] = [];
    const edits: Edit[] = this.#rules.enforced ? Array.from(probabilities(event.data)) : [];
    for (const place of jsonTexts(event.data)) {
      const slot = slotOf(this.#dialect, data, place.path);
      const channel = slot === undefined ? undefined : this.#channel(slot.channel, slot.form);
      if (channel === undefined) {
        stops = this.#whole(place, edits) || stops;
        continue;
      }
      channel.scan.push(place.text);
      channel.length += place.text.length;
      pieces.push({ channel, place, to: channel.length });
    }
    for (const prefix of endedBy(this.#dialect, data))
      for (const name of this.#channels.keys()) if (name.startsWith(prefix)) this.#end(name);
    return { event, pieces, edits, stops };
  }

  #channel(name: string, form: TextPlace['form']): Channel {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    if (this.#channels.size >= CHANNELS_MAX) throw new UnreadableJson('The stream brings too many texts at a time.');
    const channel = { scan: new TextScan(this.#rules, form), length: 0 };
    this.#channels.set(name, channel);
    return channel;
  }

  #end(name: string): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    channel.scan.end();
    this.#findings.push(...findingsOf(channel.scan));
    this.#blocks ||= channel.scan.findings.blocks;
    this.#channels.delete(name);
  }

  /** Looks at a text that an event brings whole. True where it is blocked. */
  #whole(place: TextPlace, edits: Edit[]): boolean {
    const scan = new TextScan(this.#rules, place.form);
    scan.push(place.text);
    scan.end();
    this.#repeated.push(...findingsOf(scan));
    const text = scan.take(place.text.length);
    if (text !== place.text) edits.push({ start: place.start, end: place.end, instead: place.written(text) });
    this.#blocks ||= scan.findings.blocks;
    return scan.findings.blocks;
  }

  #pass(): Passed {
    const events: Buffer[] = [];
    let held = this.#queue[0];
    while (held !== undefined && this.#isSettled(held)) {
      this.#queue.shift();
      this.#heldBytes -= held.event.bytes.length;
      events.push(this.#written(held));
      held = this.#queue[0];
    }
    this.#blocks ||= Array.from(this.#channels.values()).some(({ scan }) => scan.findings.blocks);
    const blockedBy = this.#blocks ? blockingRule(this.findings) : undefined;
    const overflow = held?.stops === true || this.#heldBytes > HELD_BYTES_MAX;
    if (blockedBy === undefined && !overflow) return { events };
    this.#queue = [];
    this.#heldBytes = 0;
    return blockedBy === undefined ? { events, overflow: true } : { events, blockedBy };
  }

  #isSettled({ pieces, stops }: Held): boolean {
    return !stops && pieces.every(({ channel, to }) => !this.#rules.enforced || channel.scan.settledTo >= to);
  }

  #written({ event, pieces, edits }: Held): Buffer {
    const changes = pieces.flatMap(({ channel, place, to }) => {
      const text = channel.scan.take(to);
      return text === place.text ? [] : [{ start: place.start, end: place.end, instead: place.written(text) }];
    });
    return event.with([...edits, ...changes]);
  }
}

function findingsOf(scan: TextScan): Finding[] {
  return scan.findings.at(({ start }) => `stream@${start}`);
}

function keyOf({ rule, matches }: Finding): string {
  return JSON.stringify([rule.id, matches.map(({ entity, masked }) => [entity, masked])]);
}

/** Whether a set lacks a key, which it then has. */
function isNew(known: Set<string>, key: string): boolean {
  const { size } = known;
  return known.add(key).size > size;
}
