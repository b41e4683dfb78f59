/** A body that nothing can be decided by, with the reason: a member is wrong, or there is no JSON object to agree upon. */
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
 * The top-level members of a JSON object; none where there is no body. Throws `UnreadableBody` for anything that a server could read in
 * another way: what is no JSON or no UTF-8 or begins with a byte order mark, which some skip; another value than an object, which some
 * unwrap; a member that is given twice, of which the first counts for some and the last for others.
 */
export function topLevelMembers(body: Buffer): ReadonlyMap<string, unknown> {
  if (body.length === 0) return new Map();
  const text = utf8(body);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnreadableBody('The body is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UnreadableBody('The body is not a JSON object.');
  const entries = Object.entries(value);
  if (countMembers(text) !== entries.length) throw new UnreadableBody('The body names a member twice.');
  return new Map(entries);
}

/** Strict: no replacement characters for what is no UTF-8, and a byte order mark stays where JSON has none. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(body: Buffer): string {
  try {
    return decoder.decode(body);
  } catch {
    throw new UnreadableBody('The body is not valid UTF-8.');
  }
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
