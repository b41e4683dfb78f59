import type { LlmProvider } from '@turnpike/contracts';
import type { Credential } from '../credentials/credential.ts';
import { UPLOAD_ADDRESSES, uploadAddress } from '../kept/upload-facts.ts';

/** What the gateway says of the caller, what belongs to its connection, and what would choose who is billed. */
const REQUEST_DROPPED = new Set([
  'host',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'accept-encoding',
  'authorization',
  'cookie',
  'origin',
  'referer',
  'forwarded',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-goog-user-project',
  // They would have Google answer without its usage, or do something else than was classified.
  'x-goog-fieldmask',
  'x-goog-encode-response-if-executable',
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-service-key',
  'x-admin-key',
  'x-request-id',
  'traceparent',
  'tracestate',
  'openai-organization',
  'openai-project',
  'anthropic-dangerous-direct-browser-access',
  // It has a deployment of Azure's draw for a response that nobody has asked for or priced.
  'x-ms-oai-image-generation-deployment',
]);
const REQUEST_DROPPED_PREFIXES = ['x-user-', 'x-gateway-', 'x-tenant-', 'x-forwarded-', 'x-credits-', 'sec-'];

/** What names the account that the gateway calls with, or belongs to the vendor's connection. */
const RESPONSE_DROPPED = new Set([
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'trailer',
  'upgrade',
  'server',
  'via',
  'alt-svc',
  'set-cookie',
  'strict-transport-security',
  'x-request-id',
  'openai-organization',
  'openai-project',
  'anthropic-organization-id',
  'anthropic-workspace-id',
  'x-ms-region',
]);
const RESPONSE_DROPPED_PREFIXES = ['cf-', 'x-credits-', 'x-gateway-'];
/** The capacity of an account that many share is nobody's to know. */
const SHARED_CAPACITY = /^(?:x-ratelimit-|anthropic-ratelimit-)/;

/** Which of Anthropic's API versions takes a key as `x-api-key`; later ones take a bearer token. */
const LAST_VERSION_WITH_KEY_HEADER = '2023-06-01';

/** The headers of a call as the vendor is to see them: the caller's, with the gateway's own credential in place of the caller's. */
export function upstreamHeaders(provider: LlmProvider, raw: readonly string[], credential: Credential): string[] {
  const list: string[] = [];
  let version: string | undefined;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const value = raw[index + 1] ?? '';
    const lower = name.toLowerCase();
    if (lower === 'anthropic-version') version = value;
    if (REQUEST_DROPPED.has(lower) || REQUEST_DROPPED_PREFIXES.some((prefix) => lower.startsWith(prefix))) continue;
    list.push(name, value);
  }
  list.push('accept-encoding', 'identity', ...authorization(provider, credential, version));
  if (provider === 'anthropic' && version === undefined) list.push('anthropic-version', LAST_VERSION_WITH_KEY_HEADER);
  return list;
}

function authorization(provider: LlmProvider, { secret, organization, project }: Credential, version = ''): string[] {
  switch (provider) {
    case 'openai':
      return [
        'authorization',
        `Bearer ${secret}`,
        ...(organization === undefined ? [] : ['openai-organization', organization]),
        ...(project === undefined ? [] : ['openai-project', project]),
      ];
    case 'anthropic':
      // Versions are dates, so they compare as text.
      return version > LAST_VERSION_WITH_KEY_HEADER ? ['authorization', `Bearer ${secret}`] : ['x-api-key', secret];
    case 'google':
      return ['x-goog-api-key', secret];
    case 'azure':
      return ['api-key', secret];
  }
}

/** The headers of a vendor's answer as the caller may see them. `root`: where the caller finds the vendor's paths, for addresses that the vendor names. */
export function clientHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  { shared, baseUrl }: Pick<Credential, 'shared' | 'baseUrl'>,
  root: string,
): string[] {
  const before = new URL(baseUrl).pathname.replace(/\/$/, '');
  const list: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const dropped =
      RESPONSE_DROPPED.has(name) ||
      RESPONSE_DROPPED_PREFIXES.some((prefix) => name.startsWith(prefix)) ||
      (shared && SHARED_CAPACITY.test(name));
    if (dropped || value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) {
      const shown = UPLOAD_ADDRESSES.has(name) ? uploadAddress(each, root, before) : each;
      if (shown !== undefined) list.push(name, shown);
    }
  }
  return list;
}
