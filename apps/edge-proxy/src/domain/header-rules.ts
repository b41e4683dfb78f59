/**
 * Which headers pass the edge. Everything an upstream might take for the gateway's word is removed from requests, whatever its spelling;
 * hop-by-hop headers (RFC 9110 §7.6.1) end here in both directions.
 */

/** Names are canonical: lower case, and every character other than a letter or digit read as a dash. */
const REQUEST_DROPPED = new Set([
  // Identity and trust: only the edge says these.
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-service-key',
  'x-admin-key',
  'x-console-key',
  // Where the request came from: set again from what the edge itself saw.
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  // Other paths, methods or hosts than the ones that were routed, priced and signed.
  'x-original-url',
  'x-original-host',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-host',
  // Set again by the edge.
  'x-request-id',
  'traceparent',
  'tracestate',
  'host',
  'expect',
  'proxy',
]);
const REQUEST_DROPPED_PREFIXES = ['x-gateway-', 'x-user-', 'x-tenant-', 'x-inactive-', 'x-forwarded-', 'x-credits-'];
/** Names that only their own spelling may use: a server that reads `_` as `-` would take the other ones for the real ones. */
const ONLY_AS_WRITTEN = new Set(['content-length', 'content-type', 'content-encoding']);
/** `X-User-Agent` is gRPC-web's, and names no user. */
const REQUEST_KEPT = new Set(['x-user-agent']);

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What the edge answers for itself, and what an upstream that echoes its request must not tell a client. */
const RESPONSE_DROPPED = new Set([
  'ratelimit',
  'ratelimit-policy',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'x-request-id',
  'x-service-key',
  'x-admin-key',
  'x-powered-by',
]);
const RESPONSE_DROPPED_PREFIXES = ['x-gateway-', 'x-inactive-', 'x-credits-'];

function canonical(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-');
}

/** Whether a request header ends at the edge. */
export function isDroppedFromRequest(name: string): boolean {
  const plain = canonical(name);
  if (REQUEST_KEPT.has(plain)) return false;
  if (ONLY_AS_WRITTEN.has(plain)) return name.toLowerCase() !== plain;
  return (
    REQUEST_DROPPED.has(plain) ||
    HOP_BY_HOP.has(plain) ||
    REQUEST_DROPPED_PREFIXES.some((prefix) => plain.startsWith(prefix))
  );
}

/** Whether an upstream's response header ends at the edge. */
export function isDroppedFromResponse(name: string): boolean {
  const plain = canonical(name);
  return (
    RESPONSE_DROPPED.has(plain) ||
    HOP_BY_HOP.has(plain) ||
    RESPONSE_DROPPED_PREFIXES.some((prefix) => plain.startsWith(prefix))
  );
}

/** Names that frame a message: a `Connection` header that nominates them asks for request smuggling, not for privacy. */
const NEVER_NOMINATED = new Set(['content-length', 'host', 'transfer-encoding']);

/** Header names that a `Connection` value nominates as hop-by-hop, lower case; `undefined` where it nominates none. */
export function nominatedBy(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  const names = connection
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return new Set(names.filter((name) => name !== '' && !NEVER_NOMINATED.has(name)));
}

/**
 * Remembers a function of a header name. Real traffic has a few dozen names; the memory is bounded because clients choose them.
 */
export function rememberByName<T>(decide: (name: string) => T, namesMax: number): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const remembered = known.get(name);
    if (remembered !== undefined) return remembered;
    const decided = decide(name);
    if (known.size >= namesMax) known.clear();
    known.set(name, decided);
    return decided;
  };
}
