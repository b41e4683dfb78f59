import { z } from 'zod';
import { SCOPE_CHARS_MAX, SCOPE_NAME } from '@turnpike/contracts';

/** The shape of the routes file. Auth, charge, limit and scope have no defaults: each route says what it decides (see CONTRIBUTING.md). */

const NAME = /^[a-z][a-z0-9_.-]{0,62}$/;
const name = z
  .string()
  .regex(NAME, 'must be lower-case letters, digits, dots, dashes and underscores, starting with a letter');
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of an environment variable');
const milliseconds = (max: number) => z.number().int().min(1).max(max);

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const upstream = z.strictObject({
  /** Environment variable with the base URL, or several separated by commas. */
  url: variable,
  /** The address where the variable is not set. */
  defaultUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Environment variable with the key sent as `X-Service-Key`; the gateway's own is never sent to an upstream of this file. */
  serviceKey: variable,
  /** Environment variable with the secret that signs for this upstream; one of its own keeps other backends from signing for it. */
  signingSecret: variable.default('GATEWAY_SIGNING_SECRET'),
  /** May name the true cost in `X-Credits-Cost`. */
  trusted: z.boolean().default(false),
  connectTimeoutMs: milliseconds(MINUTE_MS).default(2_000),
  /** Longest wait for the first byte of the response. */
  headersTimeoutMs: milliseconds(HOUR_MS).default(30_000),
  /** Longest pause inside a response's body. */
  idleTimeoutMs: milliseconds(HOUR_MS).default(60_000),
  /** Further attempts of a request that is safe to repeat. */
  retries: z.number().int().min(0).max(5).default(1),
  /** Connections to each address; one carries one request until its answer has ended. */
  connectionsMax: z.number().int().min(1).max(10_000).default(512),
  /** Requests that may wait for a connection; further ones are answered 503 at once. */
  queueMax: z.number().int().min(0).max(100_000).default(1_024),
  /** Longest wait for a connection; then the answer is 503. */
  queueTimeoutMs: milliseconds(MINUTE_MS).default(5_000),
  healthCheck: z
    .strictObject({
      path: z.string().startsWith('/'),
      intervalMs: milliseconds(HOUR_MS).default(5_000),
      timeoutMs: milliseconds(MINUTE_MS).default(1_000),
    })
    .optional(),
  breaker: z
    .strictObject({
      /** Failures in a row that open it. */
      failures: z.number().int().min(1).max(1_000).default(5),
      /** How long an open breaker refuses before it lets one request try. */
      openMs: milliseconds(HOUR_MS).default(5_000),
    })
    .prefault({}),
});

const charge = z.union([
  z.literal('none'),
  z.strictObject({
    operation: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9_.:-]*(?:\{[a-z]+\}[a-z0-9_.:-]*)*$/,
        'must be an operation of lower-case letters, digits, and _ . : -, with placeholders such as generate_{preset}',
      ),
    /** Placeholders by name: the body member that fills each. */
    from: z
      .record(z.string().regex(/^[a-z]+$/), z.strictObject({ body: z.string().min(1), default: z.string().min(1) }))
      .default({}),
  }),
]);

const limit = z.union([
  /** Only what the caller's tier allows. */
  z.literal('tier'),
  z.strictObject({ per: z.enum(['address', 'principal']), perMinute: z.number().int().min(1) }),
]);

/** Which API keys may use the route: `none`, `any` (even one without scopes), or those that carry the scope of this name. */
const scope = z
  .string()
  .max(SCOPE_CHARS_MAX)
  .regex(SCOPE_NAME, 'must be none, any, or lower-case words joined by colons, such as timepoints:read');

const route = z.strictObject({
  id: name,
  path: z.string().startsWith('/'),
  methods: z.union([
    z.literal('any'),
    z.array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])).min(1),
  ]),
  upstream: name,
  auth: z.enum(['required', 'optional', 'public']),
  charge,
  limit,
  scope,
  /**
   * Largest request body, in bytes; 10 MiB, and 256 KiB where `charge` is not `none`. A charged request's body may be read whole before it is
   * sent on (for its price, and to recognise it under an `Idempotency-Key`), so there it is kept in memory, and may be 64 MiB at most.
   */
  bodyBytesMax: z.number().int().min(0).max(10_737_418_240).optional(),
  webSocket: z.boolean().default(false),
  headersTimeoutMs: milliseconds(HOUR_MS).optional(),
  /**
   * Silence of an event stream after which a comment is sent between two events. Only into whole streams (status 200, no length) that are
   * sent as they are: neither compressed nor under `Cache-Control: no-transform`.
   */
  heartbeatMs: milliseconds(HOUR_MS).optional(),
});

export const routesFileSchema = z.strictObject({
  version: z.literal(1),
  upstreams: z.record(name, upstream),
  routes: z.array(route).min(1),
});

export type RoutesFile = z.output<typeof routesFileSchema>;
export type UpstreamSettings = RoutesFile['upstreams'][string];
export type RouteSettings = RoutesFile['routes'][number];
