import type { ClientOrigin } from './client-address.ts';
import { isDroppedFromResponse, nominatedBy, rememberByName } from './header-rules.ts';
import { publicLocation } from './location.ts';
import { isOwnCookie } from './own-cookies.ts';
import type { UpstreamDefinition } from './upstream-definition.ts';

/** Distinct header names remembered with their rule. */
const NAMES_MAX = 2_048;

interface Rule {
  readonly dropped: boolean;
  /** Its value is an address that a client may follow. */
  readonly followed: boolean;
  readonly setsCookie: boolean;
  /** What a call cost, which only our own services may say. */
  readonly tellsCost: boolean;
  readonly lower: string;
}

const ruleOf = rememberByName<Rule>((name) => {
  const lower = name.toLowerCase();
  return {
    dropped: isDroppedFromResponse(name),
    followed: lower === 'location' || lower === 'content-location',
    setsCookie: lower === 'set-cookie',
    tellsCost: lower === 'x-credits-charged' || lower === 'x-credits-remaining',
    lower,
  };
}, NAMES_MAX);

export interface ResponseHeaderOptions {
  /** The upstream's parsed `Connection` value, whose nominated headers end here. */
  readonly connection: string | undefined;
  /** Names (lower case) that the edge sets itself on this response, such as those of CORS. */
  readonly replaced: ReadonlySet<string>;
  readonly status: number;
  /** Its addresses are origins that a client cannot follow; only our own services set cookies of ours. */
  readonly upstream: Pick<UpstreamDefinition, 'addresses' | 'firstParty'>;
  /** The origin that the client called. */
  readonly client: ClientOrigin;
}

/**
 * The upstream's response headers that a client may see, as a new flat list; bytes past ASCII pass as they came (latin1
 * both ways). The length stands last, because Node would read a `Content-Disposition` after it as UTF-8.
 */
export function cleanResponseHeaders(raw: readonly (Buffer | string)[], options: ResponseHeaderOptions): string[] {
  const { upstream, client } = options;
  const nominees = nominatedBy(options.connection?.toLowerCase());
  const kept: string[] = [];
  let lengthAt = -1;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = text(raw[index]);
    const rule = ruleOf(name);
    const dropped = rule.dropped && !(rule.tellsCost && upstream.firstParty);
    if (dropped || options.replaced.has(rule.lower) || nominees?.has(rule.lower)) continue;
    if (rule.lower === 'content-length') {
      lengthAt = index;
      continue;
    }
    const value = text(raw[index + 1]);
    if (rule.setsCookie && !upstream.firstParty && isOwnCookie(value)) continue;
    kept.push(name, rule.followed ? publicLocation(value, upstream.addresses, client) : value);
  }
  // Neither a 1xx nor a 204 has a body: a length would announce the next response's bytes to a client that believes it (RFC 9110 §8.6).
  if (lengthAt !== -1 && options.status > 199 && options.status !== 204)
    kept.push(text(raw[lengthAt]), text(raw[lengthAt + 1]));
  return kept;
}

function text(part: Buffer | string | undefined): string {
  return typeof part === 'string' ? part : (part?.toString('latin1') ?? '');
}
