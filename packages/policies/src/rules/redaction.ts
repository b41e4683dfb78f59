import type { PolicyRule } from '@turnpike/contracts';
import { byPrecedence } from './compiled-rule.ts';

/** A part of a text that is replaced, in UTF-16 units. */
interface Region {
  start: number;
  end: number;
  by: Replacement;
}

/** What names a replacement: the word, its rule, and where the match began. */
interface Replacement {
  readonly rule: PolicyRule;
  readonly word: string;
  readonly from: number;
}

/** What stands in the place of something redacted. */
export function replacementOf({ type }: PolicyRule, entity: string): string {
  return type === 'keyword' || type === 'regex' ? '[REDACTED]' : `[${entity.toUpperCase()}]`;
}

/** A text as it comes, and what of it is replaced; what touches nothing undecided can be taken. */
export class Redaction {
  /** The text from `#taken` on. */
  #text = '';
  #taken = 0;
  /** By place; none overlaps another. */
  #regions: Region[] = [];
  /** Where something begins that must not be taken at all. */
  #stop = Infinity;

  append(piece: string): void {
    this.#text += piece;
  }

  /** Replaces a part; where several overlap, all of it with the word of the rule that comes first. */
  replace(start: number, end: number, rule: PolicyRule, word: string): void {
    const region: Region = { start, end, by: { rule, word, from: start } };
    const apart: Region[] = [];
    for (const other of this.#regions) {
      if (other.end <= region.start || other.start >= region.end) {
        apart.push(other);
        continue;
      }
      region.start = Math.min(region.start, other.start);
      region.end = Math.max(region.end, other.end);
      if (speaksBefore(other.by, region.by)) region.by = other.by;
    }
    this.#regions = [...apart, region].toSorted((a, b) => a.start - b.start);
  }

  /** Nothing from a place on may be taken. */
  stopAt(place: number): void {
    this.#stop = Math.min(this.#stop, place);
  }

  /** How far the text may be taken, when nothing changes any more before a place. */
  settledTo(place: number): number {
    return Math.min(place, this.#stop, this.#regions.find(({ end }) => end > place)?.start ?? place);
  }

  /** The text from where it was taken last up to a place. A word stands where what it replaces began. */
  take(to: number): string {
    let out = '';
    while (this.#taken < to) {
      const region = this.#regions[0];
      if (region === undefined || region.start >= to) {
        out += this.#cut(to);
        break;
      }
      if (this.#taken <= region.start) {
        out += this.#cut(region.start);
        out += region.by.word;
      }
      this.#cut(Math.min(region.end, to));
      if (this.#taken >= region.end) this.#regions.shift();
    }
    return out;
  }

  #cut(to: number): string {
    const length = Math.max(0, to - this.#taken);
    const text = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    this.#taken += length;
    return text;
  }
}

/** Of replacements that overlap one stands, whichever was found first. */
function speaksBefore(a: Replacement, b: Replacement): boolean {
  return (byPrecedence(a.rule, b.rule) || a.from - b.from || (a.word < b.word ? -1 : 1)) < 0;
}
