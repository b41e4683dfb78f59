/** Whitespace of JSON (RFC 8259 §2). */
const BLANK = /^[ \t\n\r]*$/;

/**
 * The members of a JSON object that arrives in pieces, without its braces, so that they can stand in another object;
 * only the last piece is held in memory. Throws when the text does not begin and end as an object does.
 */
export async function* membersOf(json: AsyncIterable<string>): AsyncGenerator<string> {
  let opened = false;
  let held = '';
  for await (const piece of json) {
    held += piece;
    if (!opened) {
      const start = held.trimStart();
      if (start === '') continue;
      if (!start.startsWith('{')) throw new Error('an export did not begin as an object');
      opened = true;
      held = start.slice(1);
    }
    // The last brace may be followed by blanks, so everything before it can go.
    const last = held.lastIndexOf('}');
    const keep = last !== -1 && BLANK.test(held.slice(last + 1)) ? last : held.length;
    if (keep > 0) yield held.slice(0, keep);
    held = held.slice(keep);
  }
  if (!opened || held.trimEnd() !== '}') throw new Error('an export broke off');
}

/** One part of the document: members, without braces; may be empty. */
export type DocumentPart = () => AsyncIterable<string>;

/** The text of a JSON object made of the members of all parts. */
export async function* joinMembers(parts: readonly DocumentPart[]): AsyncGenerator<string> {
  yield '{';
  let first = true;
  for (const part of parts) {
    let begun = false;
    for await (const piece of part()) {
      // A part of blanks only is empty; its comma waits until something is there.
      if (!begun && BLANK.test(piece)) continue;
      if (!begun && !first) yield ',\n';
      begun = true;
      first = false;
      yield piece;
    }
  }
  yield '}\n';
}

/** An array member whose rows arrive one by one. */
export async function* arrayMember(name: string, rows: AsyncIterable<unknown>): AsyncGenerator<string> {
  yield `${JSON.stringify(name)}:[`;
  let first = true;
  for await (const row of rows) {
    yield first ? JSON.stringify(row) : `,${JSON.stringify(row)}`;
    first = false;
  }
  yield ']';
}
