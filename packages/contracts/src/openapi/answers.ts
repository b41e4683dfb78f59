import { z } from 'zod';
import { refusesShared, styleOf, takesApiKeys, type Access, type EndpointSpec } from '../endpoint.ts';
import { ERROR_GUIDE } from '../error-guide.ts';
import { ERRORS, publicCode, type ErrorCode } from '../errors.ts';
import { role } from '../platform/roles.ts';
import { renderProblem, type EndpointStyle } from '../problem.ts';
import type { Json } from './components.ts';

const EXAMPLE_REQUEST_ID = '01981e6c-7a51-7d3e-9c4f-2b8f0a6d1e57';

/** Further members of a problem, shown in its example. */
const EXTRA_EXAMPLES: Readonly<Partial<Record<ErrorCode, Json>>> = {
  'auth.insufficient_credits': { cost: 10, balance: 3 },
  'auth.password_rejected': { reason: 'too_short' },
  'tenant.role_insufficient': { required_role: 'admin' },
  'tenant.limit_reached': { resource: 'members', limit: 100 },
  'invite.email_mismatch': { invited_email: 'd***@example.com' },
  'storage.unreachable': { reason: 'no_such_bucket' },
};

/** Answers that any endpoint may give through the gateway, so no contract repeats them. */
const COMMON_ERRORS: readonly ErrorCode[] = [
  'request.malformed',
  'request.timeout',
  'request.headers_too_large',
  'route.method_not_allowed',
  'rate_limit.exceeded',
  'service.unavailable',
  'service.internal',
];
const BODY_ERRORS: readonly ErrorCode[] = ['request.too_large', 'request.unsupported_media_type'];
const SESSION_ERRORS: readonly ErrorCode[] = [
  'auth.missing',
  'auth.jwt_invalid',
  'auth.jwt_expired',
  'auth.session_revoked',
  'auth.ambiguous',
];
const ACCESS_ERRORS: Readonly<Record<Access, readonly ErrorCode[]>> = {
  public: [],
  user: SESSION_ERRORS,
  tenant: [
    ...SESSION_ERRORS,
    'tenant.not_selected',
    'tenant.suspended',
    'tenant.membership_ended',
    'tenant.role_insufficient',
  ],
  service: ['auth.service_key_invalid', 'auth.service_key_unconfigured'],
  admin: ['auth.admin_key_invalid'],
  platform_admin: [...SESSION_ERRORS, 'auth.admin_key_invalid', 'auth.forbidden', 'auth.reauthentication_required'],
};
/** Where an API key is taken. */
const KEY_ERRORS: readonly ErrorCode[] = [
  'auth.key_invalid',
  'auth.key_revoked',
  'auth.key_suspended',
  'auth.key_expired',
  'auth.scope_missing',
];

const codeEnum = z
  .enum([...new Set((Object.keys(ERRORS) as ErrorCode[]).map(publicCode))] as [string, ...string[]])
  .meta({ id: 'ErrorCode', description: 'What programmes branch on. The list is closed.' });
const fieldErrors = z.array(z.object({ path: z.string(), message: z.string() })).optional();

/** RFC 9457. */
const problem = {
  mediaType: 'application/problem+json',
  schema: z
    .looseObject({
      type: z.string().describe('Leads to the code in the reference of errors.'),
      title: z.string(),
      status: z.int(),
      detail: z.string().describe('A sentence for people.'),
      code: codeEnum,
      request_id: z.string(),
      errors: fieldErrors.describe('With `request.invalid`: each field that was refused.'),
      cost: z.number().optional().describe('With `auth.insufficient_credits`: the price in credits.'),
      balance: z.number().optional().describe('With `auth.insufficient_credits`: what could be spent.'),
      reason: z.string().optional().describe('With `auth.password_rejected` and `storage.unreachable`: which rule.'),
      required_role: role.optional().describe('With `tenant.role_insufficient`: the least role that may.'),
      resource: z.string().optional().describe('With `tenant.limit_reached`: of what there are too many.'),
      limit: z.number().optional().describe('With `tenant.limit_reached`: how many there may be.'),
      invited_email: z.string().optional().describe('With `invite.email_mismatch`: the invited address, masked.'),
    })
    .meta({ id: 'Problem' }),
};

/** `backend`: the gateway's own refusals in front of a backend, whose own errors of the same status look as it likes. */
type AnswerStyle = EndpointStyle | 'backend';

/** How errors of each style look. */
const STYLES: Readonly<Record<AnswerStyle, { readonly mediaType: string; readonly schema: z.ZodType }>> = {
  problem,
  backend: problem,
  envelope: {
    mediaType: 'application/json',
    schema: z
      .object({
        success: z.literal(false),
        data: z.null(),
        error: z.object({
          code: codeEnum,
          message: z.string(),
          details: z.looseObject({ request_id: z.string(), errors: fieldErrors }),
        }),
      })
      .meta({ id: 'EnvelopeError' }),
  },
  detail: { mediaType: 'application/json', schema: z.object({ detail: z.string() }).meta({ id: 'Detail' }) },
};

/** Response headers that the gateway sets. */
export const RESPONSE_HEADERS: Readonly<Record<string, Json>> = {
  'X-Request-ID': always('Names this request in every log and record; echoed where the client chose it.', 'string'),
  'X-RateLimit-Limit': always('Size of the window that is closest to exhaustion, in requests.', 'integer'),
  'X-RateLimit-Remaining': always('Requests left in it.', 'integer'),
  'X-RateLimit-Reset': always('When it ends, in Unix epoch seconds.', 'integer'),
  RateLimit: always('Every window of the caller: what is left and for how long (IETF draft).', 'string'),
  'RateLimit-Policy': always('Every window of the caller: its size and length (IETF draft).', 'string'),
  'Retry-After': {
    description: 'Seconds to wait; always there with 429.',
    schema: { type: 'integer', minimum: 1 },
  },
  'WWW-Authenticate': always('How to authenticate.', 'string'),
  Allow: always('Methods that the path has.', 'string'),
  Location: always('Where the browser is sent.', 'string'),
  'X-Total-Count': always('Rows there are, whatever the page.', 'integer'),
  Link: header('The next page, `rel="next"`.', 'string'),
  'Idempotency-Replayed': header('`true` where the answer is that of the first request with this key.', 'string'),
  'X-Credits-Charged': header('What this call cost, in credits. 0 where it failed.', 'number'),
  'X-Credits-Remaining': header('What can be spent after it, in credits.', 'number'),
  'Content-Disposition': always('The name under which a download is saved.', 'string'),
};

/** On every answer that passes the gateway. */
export const COMMON_HEADERS = [
  'X-Request-ID',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'RateLimit',
  'RateLimit-Policy',
] as const;

/** What never became a request belongs to no family: its answer is a problem wherever it was sent. */
const BEFORE_A_REQUEST: ReadonlySet<number> = new Set([400, 408, 431]);

/** On the answers of a backend whose route is charged, refusals included. */
export const CREDIT_HEADERS = ['X-Credits-Charged', 'X-Credits-Remaining', 'Idempotency-Replayed'] as const;

const ERROR_HEADERS: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  405: ['Allow'],
  409: ['Retry-After'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

function header(description: string, type: string): Json {
  return { description, schema: { type } };
}

/** One that no answer lacks which names it. */
function always(description: string, type: string): Json {
  return { description, required: true, schema: { type } };
}

/** References to response headers by name. */
export function headerReferences(names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Every code an endpoint may answer with, its own and those that any endpoint has. */
export function errorCodesOf(endpoint: EndpointSpec): ErrorCode[] {
  const takesKeys = takesApiKeys(endpoint);
  return [
    ...new Set([
      ...endpoint.errors,
      ...ACCESS_ERRORS[endpoint.access],
      ...(refusesShared(endpoint) ? (['auth.forbidden'] as const) : []),
      ...(takesKeys ? KEY_ERRORS : []),
      ...(endpoint.body ? BODY_ERRORS : []),
      ...COMMON_ERRORS,
    ]),
  ];
}

/** References to the answers for these codes, by status. */
export function errorReferences(codes: readonly ErrorCode[], style: AnswerStyle): Json {
  const statuses = [...new Set(codes.map((code) => ERRORS[code].status))].toSorted((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => [String(status), { $ref: `#/components/responses/${nameOf(style, status)}` }]),
  );
}

/** The answers that `errorReferences` names: one for each style and status, with an example for each code. */
export function errorResponses(schemaOf: (schema: z.ZodType) => Json): Json {
  const responses: Json = {};
  for (const [style, { mediaType, schema }] of Object.entries(STYLES) as [AnswerStyle, typeof problem][]) {
    const reference = schemaOf(schema);
    for (const status of new Set(Object.values(ERRORS).map((error) => error.status))) {
      const codes = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].status === status);
      responses[nameOf(style, status)] = {
        description: [...new Set(codes.map((code) => ERRORS[code].title))].join(', '),
        headers: headerReferences([
          ...COMMON_HEADERS,
          ...(ERROR_HEADERS[status] ?? []),
          ...(style === 'backend' ? CREDIT_HEADERS : []),
        ]),
        content: {
          [mediaType]: { schema: reference, ...examplesOf(codes, style) },
          ...(style === 'backend' ? { '*/*': {} } : {}),
          ...(style === 'envelope' && BEFORE_A_REQUEST.has(status)
            ? { [problem.mediaType]: { schema: schemaOf(problem.schema) } }
            : {}),
        },
      };
    }
  }
  return responses;
}

/** Problem details show every code; the other styles say the same in their own shape, so one is enough. */
function examplesOf(codes: readonly ErrorCode[], style: AnswerStyle): Json {
  const shown = style === 'problem' ? codes : codes.slice(0, 1);
  return {
    examples: Object.fromEntries(
      shown.map((code) => [
        code,
        { summary: ERRORS[code].title, value: exampleOf(code, style === 'backend' ? 'problem' : style) },
      ]),
    ),
  };
}

function exampleOf(code: ErrorCode, style: EndpointStyle): unknown {
  const extra = EXTRA_EXAMPLES[code] ?? {};
  const errors = code === 'request.invalid' ? [{ path: 'body.email', message: 'Invalid email address' }] : undefined;
  const detail = ERROR_GUIDE[code].meaning;
  const problem = { code, detail, requestId: EXAMPLE_REQUEST_ID, extra, ...(errors && { errors }) };
  return JSON.parse(renderProblem(problem, style).body) as unknown;
}

function nameOf(style: AnswerStyle, status: number): string {
  return `${style.charAt(0).toUpperCase()}${style.slice(1)}${status}`;
}

/** The style of an endpoint's errors. */
export function errorStyleFor(endpoint: EndpointSpec): EndpointStyle {
  return styleOf(endpoint.family);
}
