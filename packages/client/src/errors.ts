/** One refused field: a dotted path such as `body.email`, and a sentence. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** What an error answer says, whichever style its family has. */
export interface ErrorFacts {
  readonly status: number;
  /** Stable and dotted; `unknown` where a backend answered in its own words. */
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | undefined;
  /** Seconds to wait, where the answer says so. */
  readonly retryAfter: number | undefined;
  readonly errors: readonly FieldError[];
  readonly headers: Headers;
  /** The whole answer, parsed where it is JSON. */
  readonly body: unknown;
}

/** An error answer of the gateway, or of a backend behind it. Subclasses name the family of the code. */
export class TurnpikeError extends Error implements ErrorFacts {
  override readonly name: string = 'TurnpikeError';
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;
  readonly errors: readonly FieldError[];
  readonly headers: Headers;
  readonly body: unknown;

  constructor(facts: ErrorFacts) {
    super(`${facts.status} ${facts.code}: ${facts.detail}`);
    this.status = facts.status;
    this.code = facts.code;
    this.detail = facts.detail;
    this.requestId = facts.requestId;
    this.retryAfter = facts.retryAfter;
    this.errors = facts.errors;
    this.headers = facts.headers;
    this.body = facts.body;
  }
}

/** 400, 405, 408, 413, 415, 422, 431: the request itself must change. `errors` names the fields. */
export class RequestError extends TurnpikeError {
  override readonly name = 'RequestError';
}
/** 401: the credential is missing, wrong or has ended. */
export class AuthenticationError extends TurnpikeError {
  override readonly name = 'AuthenticationError';
}
/** 403: the caller is known and may not do this. */
export class PermissionError extends TurnpikeError {
  override readonly name = 'PermissionError';
}
/** 402: more credits are needed. */
export class InsufficientCreditsError extends TurnpikeError {
  override readonly name = 'InsufficientCreditsError';
  /** Price of the call, in credits. */
  get cost(): number | undefined {
    return numberIn(this.body, 'cost');
  }
  /** What could be spent, in credits. */
  get balance(): number | undefined {
    return numberIn(this.body, 'balance');
  }
}
/** 404 and 410. */
export class NotFoundError extends TurnpikeError {
  override readonly name = 'NotFoundError';
}
/** 409 and 423: it does not fit the present state. */
export class ConflictError extends TurnpikeError {
  override readonly name = 'ConflictError';
}
/** 429: wait `retryAfter` seconds. */
export class RateLimitError extends TurnpikeError {
  override readonly name = 'RateLimitError';
}
/** 5xx: an outage, or a fault of the other side. */
export class ServerError extends TurnpikeError {
  override readonly name = 'ServerError';
}

/** No answer came: refused, reset, or cut off. The cause says which. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}
/** No answer came within the time-out. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/** The error of an answer with a status of 400 or more. */
/** @internal */
export async function errorOf(response: Response): Promise<TurnpikeError> {
  const text = await response.text().catch(() => '');
  const body = parsed(text);
  const facts = { ...wordsOf(body), status: response.status, body, ...headersOf(response) };
  const { status } = response;
  if (status === 401) return new AuthenticationError(facts);
  if (status === 402) return new InsufficientCreditsError(facts);
  if (status === 403) return new PermissionError(facts);
  if (status === 404 || status === 410) return new NotFoundError(facts);
  if (status === 409 || status === 423) return new ConflictError(facts);
  if (status === 429) return new RateLimitError(facts);
  return status >= 500 ? new ServerError(facts) : new RequestError(facts);
}

/** Seconds that an answer asks to wait: a number, or a date (RFC 9110 §10.2.3). */
export function retryAfterOf(headers: Headers, nowMs = Date.now()): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, Math.ceil((atMs - nowMs) / 1_000));
}

function headersOf({ headers }: Response) {
  return { headers, retryAfter: retryAfterOf(headers), requestId: headers.get('x-request-id') ?? undefined };
}

/** Problem details, the Account API's envelope, or a bare `detail`. */
function wordsOf(body: unknown): { code: string; detail: string; errors: readonly FieldError[] } {
  const { error } = asObject(body);
  const words = error === undefined ? asObject(body) : asObject(error);
  const details = asObject(words['details']);
  const errors = words['errors'] ?? details['errors'];
  return {
    code: textIn(words, 'code') ?? 'unknown',
    detail: textIn(words, 'detail') ?? textIn(words, 'message') ?? 'The request failed.',
    errors: Array.isArray(errors) ? (errors as FieldError[]) : [],
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text === '' ? undefined : text;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textIn(object: Readonly<Record<string, unknown>>, name: string): string | undefined {
  return typeof object[name] === 'string' ? object[name] : undefined;
}

function numberIn(body: unknown, name: string): number | undefined {
  const own = asObject(body);
  const value = own[name] ?? asObject(asObject(own['error'])['details'])[name];
  return typeof value === 'number' ? value : undefined;
}
