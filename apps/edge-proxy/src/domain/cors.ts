/** Which origins browsers may call from, and what their pages may send and read. */
export interface CorsPolicy {
  /** Whether any origin is allowed, and preflights are answered by the edge. */
  readonly enabled: boolean;
  readonly anyOrigin: boolean;
  readonly origins: ReadonlySet<string>;
  /** Response headers that pages may read besides the safelisted ones, as one header value. */
  readonly exposed: string;
  /** Request headers that pages may send besides the safelisted ones, as one header value. */
  readonly allowed: string;
}

export interface CorsSettings {
  readonly origins: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly allowedHeaders: readonly string[];
}

/** How long a browser may remember a preflight's answer, in seconds. */
const MAX_AGE_SECONDS = 600;
/** Response headers that pages may read where nothing else is configured: what the edge says, and what paging, downloads and caching need. */
export const EXPOSED_BY_DEFAULT: readonly string[] = [
  'X-Request-ID',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Credits-Charged',
  'X-Credits-Remaining',
  'X-Total-Count',
  'Idempotency-Replayed',
  'WWW-Authenticate',
  'Link',
  'ETag',
  'Location',
  'Content-Disposition',
  'Content-Range',
  'Accept-Ranges',
];
/** Request headers that pages may send where nothing else is configured. */
export const ALLOWED_BY_DEFAULT: readonly string[] = [
  'Authorization',
  'Content-Type',
  'Accept',
  'Idempotency-Key',
  'X-API-Key',
  'X-Project-ID',
  'X-Request-ID',
  'Traceparent',
  'Tracestate',
  'Last-Event-ID',
  'If-Match',
  'If-None-Match',
  'If-Modified-Since',
  'Range',
];

/**
 * Response headers that an upstream does not set while the edge answers for CORS, in lower case. What it exposes is not among them: the line
 * passes beside the edge's own, and browsers read both as one list.
 */
export const CORS_HEADERS: ReadonlySet<string> = new Set([
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-max-age',
  'access-control-allow-private-network',
]);

/** The policy of the settings; `*` among the origins allows all, and then never with credentials. */
export function corsPolicy({ origins, exposedHeaders, allowedHeaders }: CorsSettings): CorsPolicy {
  return {
    enabled: origins.length > 0,
    anyOrigin: origins.includes('*'),
    origins: new Set(origins.filter((origin) => origin !== '*')),
    exposed: exposedHeaders.join(', '),
    allowed: allowedHeaders.join(', '),
  };
}

/** Whether a text is an origin as browsers write it, such as `https://app.example`. */
export function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && !text.includes('*') && URL.parse(text)?.origin === text;
}

/** Whether a request is a browser's question before the real one (Fetch standard, CORS-preflight fetch). */
export function isPreflight(method: string, origin: string | undefined, wantedMethod: string | undefined): boolean {
  return method === 'OPTIONS' && origin !== undefined && wantedMethod !== undefined;
}

/**
 * Headers by which a page of `origin` may read the answer; a flat list, empty where it may not. A listed origin is named and may send
 * credentials; under `*` every other one reads without.
 */
export function corsHeaders(policy: CorsPolicy, origin: string | undefined): readonly string[] {
  if (!policy.enabled) return [];
  // The answer differs by origin, so shared caches must keep them apart, also for requests without one.
  const vary = ['Vary', 'Origin'];
  if (origin === undefined) return vary;
  if (policy.origins.has(origin)) {
    return [
      ...vary,
      'Access-Control-Allow-Origin',
      origin,
      'Access-Control-Allow-Credentials',
      'true',
      'Access-Control-Expose-Headers',
      policy.exposed,
    ];
  }
  return policy.anyOrigin
    ? [...vary, 'Access-Control-Allow-Origin', '*', 'Access-Control-Expose-Headers', policy.exposed]
    : vary;
}

/** Further headers of a preflight's answer; empty for an origin that is not allowed, which makes the browser refuse. */
export function preflightHeaders(policy: CorsPolicy, origin: string | undefined, methods: string): readonly string[] {
  const allowed = origin !== undefined && (policy.anyOrigin || policy.origins.has(origin));
  if (!allowed) return [];
  return [
    'Access-Control-Allow-Methods',
    methods,
    'Access-Control-Allow-Headers',
    policy.allowed,
    'Access-Control-Max-Age',
    String(MAX_AGE_SECONDS),
  ];
}
