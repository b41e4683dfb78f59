import { ERRORS, publicCode, type ErrorCode } from './errors.ts';
import { nativeError, type NativeStyle } from './llm/native-errors.ts';
import { nativeStyleOf } from './llm/providers.ts';

/**
 * How a family of routes words its errors: RFC 9457 problem details, the Account API's envelope, a bare `{"detail"}`, or as a vendor's SDK
 * reads them.
 */
export type ErrorStyle = EndpointStyle | NativeStyle;
/** The styles of endpoints that the contracts declare. */
export type EndpointStyle = 'problem' | 'envelope' | 'detail';

/** One rejected field of a request: a dotted path (`body.email`) and a sentence. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** What an error response says, before a family's style gives it its shape. */
export interface Problem {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly requestId: string;
  /** Present on validation errors only. */
  readonly errors?: readonly FieldError[];
  /** Value of the `Retry-After` header, in seconds, where there is one. */
  readonly retryAfter?: string | undefined;
  /** Further public members, such as `cost` and `balance` of a refused charge. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** A rendered error: status, content type and JSON text, ready to be written. */
export interface RenderedProblem {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Headers of the style. */
  readonly headers: Readonly<Record<string, string>>;
}

const NO_HEADERS: Readonly<Record<string, string>> = {};

/** Path of the page that explains the codes, on the gateway. */
export const ERROR_REFERENCE = '/docs/errors';

/**
 * Renders an error in the style of the family it belongs to. `type` leads to what the code means and what to do about it, on the gateway
 * itself (RFC 9457 §3.1.1). Never put an internal message into `detail`: it is public.
 */
export function renderProblem(problem: Problem, style: ErrorStyle): RenderedProblem {
  const { status, title } = ERRORS[problem.code];
  const code = publicCode(problem.code);
  if (style === 'envelope') {
    const details = {
      ...problem.extra,
      ...(problem.errors ? { errors: problem.errors } : {}),
      request_id: problem.requestId,
    };
    return json(status, 'application/json', {
      success: false,
      data: null,
      error: { code, message: problem.detail, details },
    });
  }
  if (style === 'detail') return json(status, 'application/json', { detail: problem.detail });
  if (style !== 'problem') {
    const native = nativeError(problem, status, style);
    return json(native.status, 'application/json', native.body, native.headers);
  }
  return json(status, 'application/problem+json', {
    type: `${ERROR_REFERENCE}#${code}`,
    title,
    status,
    detail: problem.detail,
    code,
    request_id: problem.requestId,
    ...(problem.errors ? { errors: problem.errors } : {}),
    ...problem.extra,
  });
}

/** The style of a path's family, for errors raised before (or without) a matched route. */
export function errorStyleOf(path: string): ErrorStyle {
  if (path === '/auth' || path.startsWith('/auth/')) return 'envelope';
  return nativeStyleOf(path) ?? 'problem';
}

function json(status: number, mediaType: string, body: unknown, headers = NO_HEADERS): RenderedProblem {
  return { status, contentType: `${mediaType}; charset=utf-8`, body: JSON.stringify(body), headers };
}
