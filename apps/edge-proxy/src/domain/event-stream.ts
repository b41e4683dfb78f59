const EVENT_STREAM = /^text\/event-stream[\t ]*(?:;|$)/i;
const NO_TRANSFORM = /(?:^|,)[\t ]*no-transform[\t ]*(?:,|$)/i;
/** The end of a blank line, which ends an event. A line ends with LF, CR or both (HTML standard, §9.2.5). */
const BLANK_LINE = /(?:\n\n|[\n\r]\r\n?)$/;
const BLANK_LINE_BYTES = 3;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Whether comments may be put into a response: into a whole event stream that is sent as it is, since coded bytes, a
 * stated length and `no-transform` (RFC 9110 §7.7) forbid them. Header names are lower case.
 */
export function takesComments(status: number, headers: Headers): boolean {
  const coding = headers['content-encoding'] ?? 'identity';
  return (
    status === 200 &&
    matches(EVENT_STREAM, headers['content-type']) &&
    headers['content-length'] === undefined &&
    typeof coding === 'string' &&
    coding.toLowerCase() === 'identity' &&
    !matches(NO_TRANSFORM, headers['cache-control'])
  );
}

function matches(pattern: RegExp, value: string | string[] | undefined): boolean {
  return Array.isArray(value) ? value.some((each) => pattern.test(each)) : value !== undefined && pattern.test(value);
}

/**
 * Follows an event stream's bytes, and knows when the last one ended an event. Before the first one it is not between events: what comes
 * may be a byte order mark, which counts only where it stands first.
 */
export class EventBoundary {
  #tail = '';

  saw(chunk: Buffer): void {
    this.#tail = (this.#tail + chunk.subarray(-BLANK_LINE_BYTES).toString('latin1')).slice(-BLANK_LINE_BYTES);
  }

  get between(): boolean {
    return BLANK_LINE.test(this.#tail);
  }
}
