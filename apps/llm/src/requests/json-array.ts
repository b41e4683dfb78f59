const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The elements of a JSON array as they were sent. `bytes`: of the array, which is known to be closed; something else has no elements. */
export function* elementsOf(bytes: Buffer): Generator<Buffer> {
  if (bytes[0] !== OPEN_ARRAY) return;
  let depth = 0;
  let start = 1;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth += 1;
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth -= 1;
    const ends = depth === 0 || (depth === 1 && byte === COMMA);
    if (!ends) continue;
    const element = bytes.subarray(start, at);
    if (element.some((each) => each > 0x20)) yield element;
    start = at + 1;
  }
}

/** The place of the quote that ends the string which begins at `start`. */
function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
