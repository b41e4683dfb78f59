/** The end of an answer, or of an event, that is read for its usage where the whole of it is too long, in bytes. */
export const TAIL_BYTES = 262_144;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const COLON = /^\s*:\s*$/;

/**
 * The last object under a name in the end of some JSON; `undefined` where there is none. A name in the text of a model cannot be taken for the
 * member, as its quotes are escaped.
 */
export function lastObjectIn(tail: Buffer, name: string): Readonly<Record<string, unknown>> | undefined {
  const mark = Buffer.from(JSON.stringify(name));
  for (let at = tail.lastIndexOf(mark); at !== -1; at = at === 0 ? -1 : tail.lastIndexOf(mark, at - 1)) {
    const start = tail.indexOf(OPEN, at);
    if (start === -1 || !COLON.test(tail.toString('latin1', at + mark.length, start))) continue;
    const end = endOfObject(tail, start);
    if (end === -1) continue;
    try {
      return JSON.parse(tail.toString('utf8', start, end)) as Readonly<Record<string, unknown>>;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** Behind the object that begins at `start`; -1 where it does not end. */
function endOfObject(bytes: Buffer, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (quoted && byte === BACKSLASH) at += 1;
    else if (byte === QUOTE) quoted = !quoted;
    else if (!quoted && byte === OPEN) depth += 1;
    else if (!quoted && byte === CLOSE) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return -1;
}
