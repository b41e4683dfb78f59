/** A JSON body that cannot be priced, with the reason: a member is wrong, or there is no JSON to agree upon. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
  /** The member at fault, where it is one. */
  readonly member: string | undefined;

  constructor(message: string, member?: string) {
    super(message);
    this.member = member;
  }
}

/**
 * The top-level members of a JSON object, or an empty map for any other JSON value. Throws `UnreadableBody` on malformed JSON, and on a
 * member that is given twice: parsers disagree on which one counts, so the price would be decided by one and the work done by another.
 */
export function topLevelMembers(text: string): ReadonlyMap<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnreadableBody('The body is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map();
  const entries = Object.entries(value);
  if (countMembers(text) !== entries.length) throw new UnreadableBody('The body names a member twice.');
  return new Map(entries);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How many members the outermost object of a valid JSON text has, repeated names counted again. */
function countMembers(text: string): number {
  let depth = 0;
  let colons = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (character === QUOTE) index = endOfString(text, index);
    else if (character === 0x7b || character === 0x5b) depth += 1;
    else if (character === 0x7d || character === 0x5d) depth -= 1;
    else if (character === 0x3a && depth === 1) colons += 1;
  }
  return colons;
}

/** The index of the quote that closes the string opened at `start`. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (character === BACKSLASH) index += 1;
    else if (character === QUOTE) return index;
  }
  return text.length;
}
