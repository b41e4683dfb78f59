/** A request target that was accepted: what is matched is what is forwarded. */
export interface RequestTarget {
  /** Exactly the bytes the client sent. */
  readonly path: string;
  /** `?` and what follows, exactly as sent, or an empty string. */
  readonly query: string;
  /** The path as routes are matched: unreserved characters decoded, lower case, without a trailing slash. */
  readonly matchPath: string;
}

/** A target that must not be routed, with the reason as a sentence for the client. */
export interface TargetFault {
  readonly fault: string;
}

/** Paths without anything to decode or to doubt: non-empty segments of plain characters, none of them `.` or `..`. */
const PLAIN_PATH = /^(?:\/(?!\.\.?(?:[;/]|$))[A-Za-z0-9\-._~!$&'()*+,;=:@[\]|^]+)*\/?$/;
/** What is allowed before percent-decoding: the same characters, slashes and triplets. Raw bytes past ASCII are refused. */
const PATH_CHARACTERS = /^[A-Za-z0-9\-._~!$&'()*+,;=:@[\]|^/%]*$/;
/** Visible characters without `#`, which never travels in a request (RFC 9112 §3.2). Raw UTF-8 in a query is common, so it passes. */
const QUERY_CHARACTERS = /^[!-"$-~\x80-\xff]*$/;
const INCOMPLETE_TRIPLET = /%(?![0-9A-Fa-f]{2})/;
/** Encoded slash, backslash, and control characters: servers disagree on whether these separate segments or end strings. */
const DANGEROUS_TRIPLET = /%(?:2f|5c|[01][0-9a-f]|7f)/i;
/** Twice-encoded dot, slash, backslash, percent and NUL: harmless here, a traversal behind a server that decodes twice. */
const DOUBLE_ENCODED = /%25(?:2e|2f|5c|25|00)/i;
/** Triplets of unreserved characters, which RFC 3986 §6.2.2.2 makes equal to the characters themselves. */
const UNRESERVED_TRIPLET = /%(?:2d|2e|5f|7e|3[0-9]|[46][1-9a-f]|[57][0-9a])/gi;

/**
 * Decides a request target once, so that matching, pricing, signing and forwarding mean the same path; one that servers
 * could read in two ways is refused, never repaired. Only origin-form is accepted (RFC 9112 §3.2), and the client's own
 * bytes are forwarded.
 */
export function parseTarget(raw: string): RequestTarget | TargetFault {
  if (raw.charCodeAt(0) !== 0x2f) return { fault: 'The request target must start with a slash.' };
  const mark = raw.indexOf('?');
  const rawPath = mark === -1 ? raw : raw.slice(0, mark);
  const query = mark === -1 ? '' : raw.slice(mark);
  if (!QUERY_CHARACTERS.test(query)) return { fault: 'The query has a character that must be percent-encoded.' };
  if (PLAIN_PATH.test(rawPath)) return accepted(rawPath, query, rawPath);
  if (!PATH_CHARACTERS.test(rawPath)) return { fault: 'The path has a character that must be percent-encoded.' };
  const fault = encodingFault(rawPath);
  if (fault !== undefined) return { fault };
  const decoded = rawPath.replace(UNRESERVED_TRIPLET, decodeURIComponent);
  const plain = PLAIN_PATH.test(decoded.replace(/%[0-9A-Fa-f]{2}/g, 'x'));
  return plain ? accepted(rawPath, query, decoded) : { fault: 'The path has empty or relative segments.' };
}

function encodingFault(path: string): string | undefined {
  if (INCOMPLETE_TRIPLET.test(path)) return 'The path has an incomplete percent-encoding.';
  if (DANGEROUS_TRIPLET.test(path)) return 'The path has an encoded separator or control character.';
  if (DOUBLE_ENCODED.test(path)) return 'The path is percent-encoded twice.';
  try {
    decodeURIComponent(path);
  } catch {
    return 'The path is not valid UTF-8.';
  }
  return undefined;
}

function accepted(path: string, query: string, decoded: string): RequestTarget {
  const lower = decoded.toLowerCase();
  const matchPath = lower.length > 1 && lower.endsWith('/') ? lower.slice(0, -1) : lower;
  return { path, query, matchPath };
}

/** A parameter of a segment (RFC 3986 §3.3), plain or encoded, in a `matchPath`. */
const SEGMENT_PARAMETERS = /(?:;|%3b)[^/]*/g;

/**
 * The `matchPath` as a server reads it that takes `;` and what follows in a segment for parameters, as servlet containers do; `undefined`
 * where there is nothing to take away.
 */
export function withoutParameters(matchPath: string): string | undefined {
  if (!matchPath.includes(';') && !matchPath.includes('%3b')) return undefined;
  return matchPath.replace(SEGMENT_PARAMETERS, '');
}
