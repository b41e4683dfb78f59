import type { ErrorCode } from '../errors.ts';

/** The vendors' own ways to word errors; Azure words them as OpenAI does. */
export type NativeStyle = 'openai' | 'anthropic' | 'google';

/** What of an error of ours a vendor's style has a place for. */
interface Refusal {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly requestId: string;
  /** Value of the `Retry-After` header, in seconds. */
  readonly retryAfter?: string | undefined;
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** What the three vendors call an error. */
interface Words {
  readonly openai: { readonly type: string; readonly code: string | null; readonly param?: string };
  readonly anthropic: string;
  readonly google: string;
}

const invalid = (code: string | null, anthropic = 'invalid_request_error', google = 'INVALID_ARGUMENT'): Words => ({
  openai: { type: 'invalid_request_error', code },
  anthropic,
  google,
});
const ours = (code: string, anthropic: string, google: string): Words => ({
  openai: { type: 'server_error', code },
  anthropic,
  google,
});

/** By status, for codes without words of their own. */
const BY_STATUS: Readonly<Record<number, Words>> = {
  401: invalid('invalid_api_key', 'authentication_error', 'UNAUTHENTICATED'),
  402: {
    openai: { type: 'insufficient_quota', code: 'insufficient_credits' },
    anthropic: 'billing_error',
    google: 'RESOURCE_EXHAUSTED',
  },
  403: invalid('permission_denied', 'permission_error', 'PERMISSION_DENIED'),
  404: invalid('not_found', 'not_found_error', 'NOT_FOUND'),
  408: invalid('request_timeout', 'timeout_error', 'DEADLINE_EXCEEDED'),
  413: invalid('request_too_large', 'request_too_large'),
  429: {
    openai: { type: 'rate_limit_exceeded', code: 'rate_limit_exceeded' },
    anthropic: 'rate_limit_error',
    google: 'RESOURCE_EXHAUSTED',
  },
  500: ours('internal_error', 'api_error', 'INTERNAL'),
  502: ours('upstream_unavailable', 'api_error', 'UNAVAILABLE'),
  503: ours('service_unavailable', 'api_error', 'UNAVAILABLE'),
  504: ours('upstream_timeout', 'timeout_error', 'DEADLINE_EXCEEDED'),
};
const OTHERWISE = invalid(null);

const BY_CODE: Readonly<Partial<Record<ErrorCode, Words>>> = {
  'llm.model_not_allowed': {
    ...invalid('model_not_allowed', 'permission_error', 'PERMISSION_DENIED'),
    openai: { type: 'invalid_request_error', code: 'model_not_allowed', param: 'model' },
  },
  'llm.model_not_priced': {
    ...invalid('model_not_priced', 'invalid_request_error', 'FAILED_PRECONDITION'),
    openai: { type: 'invalid_request_error', code: 'model_not_priced', param: 'model' },
  },
  'llm.not_offered': invalid('not_offered', 'not_found_error', 'NOT_FOUND'),
  'llm.policy_blocked': invalid('content_policy_violation'),
  'llm.spend_limit_reached': {
    openai: { type: 'insufficient_quota', code: 'key_spend_limit_reached' },
    anthropic: 'billing_error',
    google: 'RESOURCE_EXHAUSTED',
  },
  'upstream.unavailable': ours('upstream_unavailable', 'overloaded_error', 'UNAVAILABLE'),
};

/**
 * Statuses that SDKs take for something else: they repeat a 409, and know no 410, 422 or 423 of ours.
 */
const STATUS_INSTEAD: Readonly<Record<number, number>> = { 409: 400, 410: 404, 422: 400, 423: 403 };
/** Refusals that asking again may mend, and before which nothing was done for the caller. */
const WORTH_REPEATING: ReadonlySet<number> = new Set([408, 429, 503]);

/** An error as one vendor's SDK reads it: the status, the object to send as JSON, and the headers that its retries go by. */
export interface NativeError {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** Words an error of ours, with `status`, in a vendor's style. */
export function nativeError(problem: Refusal, ourStatus: number, style: NativeStyle): NativeError {
  const status = STATUS_INSTEAD[ourStatus] ?? ourStatus;
  const words = BY_CODE[problem.code] ?? BY_STATUS[status] ?? OTHERWISE;
  const headers: Record<string, string> = {};
  if (style === 'anthropic') headers['request-id'] = problem.requestId;
  if (!WORTH_REPEATING.has(status)) headers['x-should-retry'] = 'false';
  if (status === 429 && problem.retryAfter !== undefined)
    headers['retry-after-ms'] = String(Number(problem.retryAfter) * 1_000);
  return { status, body: BODIES[style](problem, words, status), headers };
}

const BODIES: Readonly<Record<NativeStyle, (problem: Refusal, words: Words, status: number) => unknown>> = {
  openai: ({ detail, extra }, { openai }) => ({ error: { message: detail, param: null, ...openai, ...extra } }),
  anthropic: ({ detail, extra, code, requestId }, { anthropic }) => ({
    type: 'error',
    error: { type: anthropic, message: detail, details: { error_code: code, ...extra } },
    request_id: requestId,
  }),
  google: ({ detail, extra, code, requestId }, { google }, status) => ({
    error: {
      code: status,
      message: detail,
      status: google,
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: code.replaceAll('.', '_').toUpperCase(),
          domain: 'turnpike',
          metadata: { request_id: requestId, ...asText(extra) },
        },
      ],
    },
  }),
};

/** Metadata of an `ErrorInfo` is text. */
function asText(extra: Refusal['extra'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(extra).map(([name, value]) => [name, String(value)]));
}
