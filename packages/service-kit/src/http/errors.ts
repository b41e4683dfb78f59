import { ERRORS, type ErrorCode, type FieldError } from '@turnpike/contracts';

export interface AppErrorOptions {
  /** The sentence the caller reads; unless told, what is wrong with the first of the fields, or else the code's title. */
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
    const [first] = options.errors ?? [];
    const said = first === undefined ? `${ERRORS[code].title}.` : `${first.path}: ${first.message}`;
    const detail = options.detail ?? said;
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

/** How another of our services refused a call. */
export interface Refusal {
  readonly service: string;
  /** Id of the endpoint. */
  readonly endpoint: string;
  readonly code: ErrorCode;
  readonly detail: string;
}

/**
 * Another of our services refused a call of ours. To our caller that is our failure (500), never their mistake: they
 * sent nothing of what was refused.
 */
export class RefusedByService extends AppError {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    const { service, endpoint, code, detail } = refusal;
    super('service.internal', {
      detail: 'Something went wrong on our side.',
      cause: `${service} refused ${endpoint}: ${code}, ${detail}`,
    });
    this.refusal = refusal;
  }
}

/** Whether another of our services refused a call with one of these codes. */
export function isRefusal(error: unknown, ...codes: readonly ErrorCode[]): boolean {
  return error instanceof RefusedByService && codes.includes(error.refusal.code);
}

/** Whether another of our services refused a call because what it names does not exist, or no longer. */
export function isAbsent(error: unknown): boolean {
  return isRefusal(error, 'resource.not_found', 'resource.gone');
}

/** An outage of something this service needs: 503, and when to come back. */
export function unavailable(what: string, cause?: unknown, retryAfterSeconds = 1): AppError {
  return new AppError('service.unavailable', {
    detail: `${what} is not available at the moment.`,
    headers: { 'Retry-After': String(retryAfterSeconds) },
    // The log shows causes that are errors, and no others.
    cause: typeof cause === 'string' ? new Error(cause) : cause,
  });
}

/** The refusal of an operation that would change the shared demo account, or end something for the others in it. */
export function sharedAccount(): AppError {
  return new AppError('auth.forbidden', {
    detail:
      'Everybody shares the demo account: it may be used and read, but not changed. Sign in with an account of your own.',
  });
}
