import { z } from 'zod';
import { SCOPE_CHARS_MAX, SCOPE_NAME } from '@turnpike/contracts';

/**
 * The shape of the routes file. Auth, charge, limit and scope have no defaults: each route says what it decides. docs/reference/routes-file.md
 * and routes.schema.json are written from here.
 */

const NAME = /^[a-z][a-z0-9_.-]{0,62}$/;
const name = z
  .string()
  .regex(NAME, 'must be lower-case letters, digits, dots, dashes and underscores, starting with a letter');
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of an environment variable');
const absolutePath = z.string().regex(/^\//, 'must start with a slash');
const milliseconds = (max: number) => z.number().int().min(1).max(max);

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** How the health of an upstream's addresses is asked. */
export const healthCheck = z.strictObject({
  path: absolutePath.describe('Path that is asked with GET; a status below 400 is healthy.'),
  intervalMs: milliseconds(HOUR_MS).default(5_000).describe('Pause between two checks, in milliseconds.'),
  timeoutMs: milliseconds(MINUTE_MS).default(1_000).describe('Longest wait for an answer, in milliseconds.'),
});

/** When an upstream is left alone for a while. */
export const breaker = z.strictObject({
  failures: z.number().int().min(1).max(1_000).default(5).describe('Failures in a row that open it.'),
  openMs: milliseconds(HOUR_MS)
    .default(5_000)
    .describe('How long an open breaker refuses before it lets one request try, in milliseconds.'),
});

/** Where requests go. */
export const upstream = z.strictObject({
  url: variable.describe('Environment variable with the base URL, or several separated by commas.'),
  defaultUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('The address where that variable is not set.'),
  serviceKey: variable.describe(
    "Environment variable with the key sent as `X-Service-Key`; the gateway's own is never sent to an upstream of this file.",
  ),
  signingSecret: variable
    .default('GATEWAY_SIGNING_SECRET')
    .describe(
      'Environment variable with the secret that signs for this upstream; one of its own keeps other backends from signing for it.',
    ),
  trusted: z.boolean().default(false).describe('Whether it may name the true cost of a call in `X-Credits-Cost`.'),
  connectTimeoutMs: milliseconds(MINUTE_MS)
    .default(2_000)
    .describe('Longest wait for a connection to be made, in milliseconds.'),
  headersTimeoutMs: milliseconds(HOUR_MS)
    .default(30_000)
    .describe('Longest wait for the first byte of the response, in milliseconds.'),
  idleTimeoutMs: milliseconds(HOUR_MS)
    .default(60_000)
    .describe("Longest pause inside a response's body, in milliseconds."),
  retries: z.number().int().min(0).max(5).default(1).describe('Further attempts of a request that is safe to repeat.'),
  connectionsMax: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(512)
    .describe('Connections to each address; one carries one request until its answer has ended.'),
  queueMax: z
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(1_024)
    .describe('Requests that may wait for a connection; further ones are answered 503 at once.'),
  queueTimeoutMs: milliseconds(MINUTE_MS)
    .default(5_000)
    .describe('Longest wait for a free connection, in milliseconds; then the answer is 503.'),
  healthCheck: healthCheck
    .optional()
    .describe('Asks each address how it is; those that fail are tried last. No checks without it.'),
  breaker: breaker.prefault({}).describe('Leaves an address alone for a while after failures in a row.'),
});

/** Where a placeholder of an operation comes from. */
export const placeholder = z.strictObject({
  body: z.string().min(1).describe('Member of the JSON body that fills it.'),
  default: z.string().min(1).describe('What fills it where the body has no such member.'),
});

/** What a metered call costs. */
export const chargedOperation = z.strictObject({
  operation: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9_.:-]*(?:\{[a-z]+\}[a-z0-9_.:-]*)*$/,
      'must be an operation of lower-case letters, digits, and _ . : -, with placeholders such as generate_{preset}',
    )
    .describe('What is priced (`GET /api/v1/credits/costs`), with placeholders such as `generate_{preset}`.'),
  from: z
    .record(z.string().regex(/^[a-z]+$/), placeholder)
    .default({})
    .describe('Where each placeholder comes from, by its name.'),
});

/** A limit of the route, beside the caller's tier. */
export const ownLimit = z.strictObject({
  per: z
    .enum(['address', 'principal'])
    .describe('Who is counted: the client address (public routes only), or the caller.'),
  perMinute: z.number().int().min(1).describe('Requests of one such caller in a minute.'),
});

/** What is forwarded, to whom, and on what conditions. */
export const route = z.strictObject({
  id: name.describe('Name in logs, metrics and messages; each once.'),
  path: absolutePath.describe(
    '`{name}` is one segment, `**` any number, a closing `/*` everything below and the path itself. The most exact path wins: a literal segment beats `{name}`, which beats `*` and `**`.',
  ),
  methods: z
    .union([z.literal('any'), z.array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])).min(1)])
    .describe('`any`, or a list such as `[GET, POST]`. HEAD is allowed wherever GET is.'),
  upstream: name.describe('Where it goes: a name of `upstreams`.'),
  auth: z
    .enum(['required', 'optional', 'public'])
    .describe(
      'Who may call: `required`, whoever is signed in or has a key; `optional`, anybody, and who is known is named; `public`, anybody, and no credential is read.',
    ),
  charge: z
    .union([z.literal('none'), chargedOperation])
    .describe(
      'What a call costs: `none`, or an operation. A 2xx is charged and nothing else; HEAD and OPTIONS are free. Needs `auth: required`. A call whose operation has no price is 503; the log says so at start and reload.',
    ),
  limit: z
    .union([z.literal('tier'), ownLimit])
    .describe("How often: `tier`, what the caller's tier allows and nothing further, or a limit of the route besides."),
  scope: z
    .string()
    .max(SCOPE_CHARS_MAX)
    .regex(SCOPE_NAME, 'must be none, any, or lower-case words joined by colons, such as timepoints:read')
    .describe(
      'Which API keys may call: `none`, `any` (even one without scopes), or those that carry the scope of this name. Sessions need none. A public route says `none`.',
    ),
  bodyBytesMax: z
    .number()
    .int()
    .min(0)
    .max(10_737_418_240)
    .optional()
    .describe(
      'Largest request body, in bytes. Without it 10 MiB, and 256 KiB where `charge` is not `none`: such a body may be read whole before it is sent on (for its price, and to recognise it under an `Idempotency-Key`), so it is kept in memory, and may be 64 MiB at most.',
    ),
  webSocket: z.boolean().default(false).describe('Whether a GET may ask for a WebSocket.'),
  headersTimeoutMs: milliseconds(HOUR_MS)
    .optional()
    .describe("Longest wait for the first byte of the response, in milliseconds. Without it the upstream's."),
  heartbeatMs: milliseconds(HOUR_MS)
    .optional()
    .describe(
      'Silence of an event stream after which a comment is sent between two events, in milliseconds; none without it. Only into whole streams (status 200, no length) that are sent as they are: neither compressed nor under `Cache-Control: no-transform`.',
    ),
});

export const routesFileSchema = z.strictObject({
  version: z.literal(1).describe('Version of this format.'),
  upstreams: z.record(name, upstream).describe('Destinations by name.'),
  routes: z
    .array(route)
    .describe('What is forwarded; with none the gateway serves its own routes alone. Their order does not matter.'),
});

export type RoutesFile = z.output<typeof routesFileSchema>;
export type UpstreamSettings = RoutesFile['upstreams'][string];
export type RouteSettings = RoutesFile['routes'][number];
