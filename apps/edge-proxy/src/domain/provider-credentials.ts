import type { LlmProvider } from '@turnpike/contracts';
import { readCredentials } from './credential.ts';
import type { CapturedName } from './request-headers.ts';

/** The credentials of a call of a model, each different one once, and the query without them. */
export interface ProviderCredentials {
  readonly credentials: readonly string[];
  readonly query: string;
}

/** Parameters of Google's APIs that carry a credential, each also with a dollar sign before it. */
const QUERY_CREDENTIALS = new Set(['key', 'access_token', 'oauth_token']);
const KEY_HEADERS = ['x-api-key', 'api-key', 'x-goog-api-key'] as const;

/**
 * The keys that a vendor's SDK sends: in `Authorization`, `x-api-key` (Anthropic), `api-key` (Azure), `x-goog-api-key` and `?key=` (Google).
 * A header that cannot be a credential counts as one that is not valid.
 */
export function readProviderCredentials(
  provider: LlmProvider,
  header: (name: CapturedName) => string | undefined,
  query: string,
): ProviderCredentials {
  const found = new Set<string>();
  const authorization = header('authorization');
  for (const name of KEY_HEADERS) {
    const read = readCredentials(undefined, header(name));
    if (read === 'malformed') found.add('');
    else if (read.apiKey !== undefined) found.add(read.apiKey);
  }
  const bearer = readCredentials(authorization, undefined);
  if (bearer === 'malformed') found.add('');
  else if (bearer.bearer !== undefined) found.add(bearer.bearer);
  if (provider !== 'google' || query === '') return { credentials: [...found], query };
  const kept = query
    .slice(1)
    .split('&')
    .filter((pair) => {
      const [name, value] = split(pair);
      if (!QUERY_CREDENTIALS.has(name.replace(/^\$/, '').toLowerCase())) return true;
      if (value !== '') found.add(value);
      return false;
    });
  return { credentials: [...found], query: kept.length === 0 ? '' : `?${kept.join('&')}` };
}

/** Name and value as a server reads them. */
function split(pair: string): [string, string] {
  const [entry] = new URLSearchParams(pair);
  return entry ?? ['', ''];
}
