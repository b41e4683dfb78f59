import { isUtf8 } from 'node:buffer';

/** A body that nothing can be decided by, with the reason as a sentence. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
}

/** Where the value of a top-level member stands in the bytes. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** Deepest nesting that is read. */
const DEPTH_MAX = 512;
/** A string this long, in bytes, without a space or an escape, is media in base64 and no text. */
const MEDIA_BYTES_MIN = 1_024;
const MEDIA = /^(?:data:[\w.+/-]+(?:;[\w=.+-]+)*;base64,)?[\w+/=-]+$/;

/** Members that name media by an address, and those whose `url` does. */
const LINKS = new Set(['"image_url"', '"fileUri"', '"file_uri"']);
const LINK_OWNERS = new Set(['"image_url"', '"source"']);

/** Members that decide whose something is, or who answers, wherever they stand: an object that has one twice is read in two ways. */
const DECISIVE = new Set(
  [
    'file_id',
    'fileUri',
    'file_uri',
    'uri',
    'container',
    'container_id',
    'skill_id',
    'file_ids',
    'vector_store_ids',
  ].concat(['fileSearchStoreNames', 'file_search_store_names', 'id', 'type', 'model']),
);
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * A JSON object as it was sent: the places of its top-level members, so that one can be read or changed while all other bytes stay as they are,
 * and how much text and media it has. Of a large body only the members that decide something are parsed.
 */
export class JsonBody {
  readonly bytes: Buffer;
  /** Bytes of strings that are text, names of members included. */
  textBytes = 0;
  /** Bytes of strings that are media in base64, each. */
  readonly media: number[] = [];
  /** Images and files that are named by their addresses. */
  links = 0;
  /** Commas outside of strings: one for every number of a list but the last. */
  commas = 0;
  /** Names of members inside of each top-level one, at any depth; of an unusual number the rest is left out. */
  readonly inner = new Map<string, Set<string>>();
  readonly #places = new Map<string, Place>();
  #at = 0;
  /** The member whose value is read, and those that it stands in; as written, with quotes. */
  #name = '';
  #owners: string[] = [];
  /** Decisive members of each object that is open, by its depth. */
  #decisive: (Set<string> | undefined)[] = [];

  /** Throws `UnreadableBody` for what another server could read otherwise: no UTF-8, no object, a member that is named twice. */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    if (!isUtf8(bytes)) throw new UnreadableBody('The body is not valid UTF-8.');
    this.#skipSpace();
    if (bytes[this.#at] !== OPEN_OBJECT) throw new UnreadableBody('The body is not a JSON object.');
    this.#at += 1;
    this.#readMembers();
    this.#skipSpace();
    if (this.#at < bytes.length) throw invalid();
  }

  has(member: string): boolean {
    return this.#places.has(member);
  }

  /** The value of a top-level member; `undefined` where there is none. Throws `UnreadableBody` for one that is no JSON. */
  get(member: string): unknown {
    const place = this.#places.get(member);
    return place === undefined ? undefined : parse(this.bytes.subarray(place.start, place.end));
  }

  /** The bytes of a top-level member's value, as they were sent. */
  raw(member: string): Buffer | undefined {
    const place = this.#places.get(member);
    return place === undefined ? undefined : this.bytes.subarray(place.start, place.end);
  }

  /** The bytes with a top-level member set to a value, and nothing else changed. */
  with(member: string, value: unknown): Buffer {
    const text = Buffer.from(JSON.stringify(value));
    const place = this.#places.get(member);
    if (place !== undefined)
      return Buffer.concat([this.bytes.subarray(0, place.start), text, this.bytes.subarray(place.end)]);
    const open = this.bytes.indexOf(OPEN_OBJECT) + 1;
    const comma = this.#places.size === 0 ? '' : ',';
    const added = Buffer.from(`${JSON.stringify(member)}:${text.toString()}${comma}`);
    return Buffer.concat([this.bytes.subarray(0, open), added, this.bytes.subarray(open)]);
  }

  #readMembers(): void {
    this.#skipSpace();
    if (this.bytes[this.#at] === CLOSE_OBJECT) {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.#skipSpace();
      const name = String(parse(this.#string()));
      this.#skipSpace();
      this.#expect(COLON);
      this.#skipSpace();
      const start = this.#at;
      this.#skipValue(name);
      if (this.#places.has(name)) throw new UnreadableBody(`The body names ${JSON.stringify(name)} twice.`);
      this.#places.set(name, { start, end: this.#at });
      this.#skipSpace();
      if (this.bytes[this.#at] === CLOSE_OBJECT) break;
      this.#expect(COMMA);
    }
    this.#at += 1;
  }

  /** Passes a value of any depth, counting its text and media and gathering the names inside. */
  #skipValue(member: string): void {
    const { bytes } = this;
    const open: number[] = [];
    this.#name = JSON.stringify(member);
    this.#owners = [];
    this.#decisive = [];
    do {
      const byte = bytes[this.#at];
      if (byte === undefined) throw invalid();
      if (byte === QUOTE) this.#skipString(member);
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        // The code of what closes it: two more, in either case.
        open.push(byte + 2);
        this.#owners.push(this.#name);
        this.#decisive.push(undefined);
        if (open.length > DEPTH_MAX) throw new UnreadableBody('The body is nested too deeply.');
        this.#at += 1;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        if (open.pop() !== byte) throw invalid();
        this.#name = this.#owners.pop() ?? '';
        this.#decisive.pop();
        this.#at += 1;
      } else if (open.length === 0) this.#skipScalar();
      else {
        if (byte === COMMA) this.commas += 1;
        this.#at += 1;
      }
    } while (open.length > 0);
  }

  #skipScalar(): void {
    const start = this.#at;
    for (let byte = this.bytes[this.#at]; byte !== undefined; byte = this.bytes[this.#at]) {
      if (byte === COMMA || byte === CLOSE_OBJECT || byte <= 0x20) break;
      this.#at += 1;
    }
    parse(this.bytes.subarray(start, this.#at));
  }

  #skipString(member: string): void {
    const string = this.#string();
    this.#skipSpace();
    if (this.bytes[this.#at] === COLON) {
      this.#note(member, string);
      this.#name = string.includes(BACKSLASH) ? JSON.stringify(parse(string)) : string.toString('latin1');
      this.textBytes += string.length - 2;
      return;
    }
    const length = string.length - 2;
    if (length >= MEDIA_BYTES_MIN && MEDIA.test(string.toString('latin1', 1, length + 1))) this.media.push(length);
    else {
      this.textBytes += length;
      if (this.#isLink()) this.links += 1;
    }
  }

  /** OpenAI: `image_url`, alone or with a `url` in it; Anthropic: the `url` of a `source`; Google: `fileUri`. */
  #isLink(): boolean {
    return LINKS.has(this.#name) || (this.#name === '"url"' && LINK_OWNERS.has(this.#owners.at(-1) ?? ''));
  }

  #note(member: string, name: Buffer): void {
    const names = this.inner.get(member) ?? new Set<string>();
    this.inner.set(member, names);
    const text = name.includes(BACKSLASH) ? String(parse(name)) : name.toString('utf8', 1, name.length - 1);
    names.add(text);
    if (DECISIVE.has(text)) this.#once(text);
  }

  #once(name: string): void {
    const depth = this.#decisive.length - 1;
    const seen = this.#decisive[depth] ?? new Set();
    if (seen.has(name)) throw new UnreadableBody(`An object of the body names ${JSON.stringify(name)} twice.`);
    this.#decisive[depth] = seen.add(name);
  }

  /** The string that begins here, with its quotes; passes it. */
  #string(): Buffer {
    const { bytes } = this;
    const start = this.#at;
    this.#expect(QUOTE);
    for (;;) {
      const end = bytes.indexOf(QUOTE, this.#at);
      if (end === -1) throw invalid();
      let slashes = 0;
      while (bytes[end - 1 - slashes] === BACKSLASH && end - 1 - slashes > start) slashes += 1;
      this.#at = end + 1;
      if (slashes % 2 === 0) return bytes.subarray(start, this.#at);
    }
  }

  #expect(byte: number): void {
    if (this.bytes[this.#at] !== byte) throw invalid();
    this.#at += 1;
  }

  #skipSpace(): void {
    for (let byte = this.bytes[this.#at]; byte !== undefined && byte <= 0x20; byte = this.bytes[this.#at])
      this.#at += 1;
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw invalid();
  }
}

function invalid(): UnreadableBody {
  return new UnreadableBody('The body is not valid JSON.');
}
