import { ERRORS, type ErrorCode, type FieldError } from '@turnpike/contracts';

export interface AppErrorOptions {
  /** The sentence the caller reads; the code's title unless told. */
  readonly detail?: string;
  /** Further public members of the error body. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly FieldError[];
  /** Response headers, such as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What really happened; logged, never sent. */
  readonly cause?: unknown;
}

/** The one error that carries meaning for a caller. Everything else that is thrown is answered with a generic 500. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly extra: Readonly<Record<string, unknown>> | undefined;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    const detail = options.detail ?? `${ERRORS[code].title}.`;
    super(detail, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.extra = options.extra;
    this.errors = options.errors;
    this.headers = { ...(this.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}), ...options.headers };
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** An outage of something this service needs: 503, and when to come back. */
export function unavailable(what: string, cause?: unknown, retryAfterSeconds = 1): AppError {
  return new AppError('service.unavailable', {
    detail: `${what} is not available at the moment.`,
    headers: { 'Retry-After': String(retryAfterSeconds) },
    cause,
  });
}
