/** Most hops read from a forwarding header; longer lists are forged or looping. */
const HOPS_MAX = 32;
/** Most parameters read of one element of a `Forwarded` header. */
const PARAMETERS_MAX = 16;

/** The headers that this gateway's proxies write: the family of `X-Forwarded-For`, or `Forwarded` (RFC 7239). */
export type ForwardingHeader = 'x-forwarded' | 'forwarded';

/** What a request says of its own way here, as it was sent. */
export interface ForwardingHeaders {
  readonly forwardedFor: string | undefined;
  readonly forwardedProto: string | undefined;
  readonly forwardedHost: string | undefined;
  readonly forwarded: string | undefined;
}

/** The hops of a request, nearest first: each list as long as its header, empty where there was none. */
export interface Hops {
  readonly addresses: readonly string[];
  readonly protos: readonly string[];
  readonly hosts: readonly string[];
}

/** Reads the one header that is believed; what the other says is a stranger's. */
export function hopsOf(believed: ForwardingHeader, headers: ForwardingHeaders): Hops {
  if (believed === 'x-forwarded') {
    const list = (text: string | undefined): string[] =>
      text === undefined ? [] : partsFromRight(text, ',', HOPS_MAX).map((part) => part.trim());
    return {
      addresses: list(headers.forwardedFor),
      protos: list(headers.forwardedProto),
      hosts: list(headers.forwardedHost),
    };
  }
  const elements = headers.forwarded === undefined ? [] : partsFromRight(headers.forwarded, ',', HOPS_MAX);
  const hops = elements.map(parametersOf);
  const named = (name: string): string[] => hops.map((hop) => hop.get(name) ?? '');
  return { addresses: named('for'), protos: named('proto'), hosts: named('host') };
}

/** The parameters of one element by lower-case name; none where a name stands twice, as that says two things. */
function parametersOf(element: string): ReadonlyMap<string, string> {
  const pairs = partsFromRight(element, ';', PARAMETERS_MAX).map((pair) => pair.trim().split('='));
  const parameters = new Map(
    pairs.map(([name = '', ...value]) => [name.toLowerCase(), value.join('=').replace(/^"(.*)"$/, '$1')]),
  );
  return parameters.size === pairs.length ? parameters : new Map();
}

/**
 * The parts between separators that stand outside quoted strings, the last one first. Read from the right, so that a quote which a
 * stranger left open hides nothing that was written after it.
 */
function partsFromRight(text: string, separator: ',' | ';', partsMax: number): string[] {
  const parts: string[] = [];
  let end = text.length;
  let quoted = false;
  for (let index = text.length - 1; index >= 0 && parts.length < partsMax; index -= 1) {
    const character = text[index];
    if (character === '"' && !isEscaped(text, index)) quoted = !quoted;
    if (character !== separator || quoted) continue;
    parts.push(text.slice(index + 1, end));
    end = index;
  }
  if (parts.length < partsMax) parts.push(text.slice(0, end));
  return parts;
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text[index - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}
