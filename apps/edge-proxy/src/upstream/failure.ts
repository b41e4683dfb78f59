import { AppError } from '@turnpike/service-kit';

/**
 * Why an attempt ended without a response. `connect`: nothing was sent; `timeout`: no answer in time; `broken`: the
 * connection or its protocol failed; `client`: its own fault or leave, with the error for its answer; `edge`: ours. The
 * last two say nothing of the upstream.
 */
export type FailureKind = 'connect' | 'timeout' | 'broken' | 'client' | 'edge';

export interface Failure {
  readonly kind: FailureKind;
  readonly error: Error;
  /** Whether the upstream may have received the request. */
  readonly sent: boolean;
}

/**
 * The client left. That says nothing of the upstream: whoever can leave could otherwise open its breaker for everybody.
 */
export class ClientLeft extends Error {
  constructor() {
    super('the client left');
    this.name = 'ClientLeft';
  }
}

/** The edge could not pass an upstream's answer on. That is no failure of the upstream's, and trying again would not mend it. */
export class EdgeFault extends Error {
  constructor(cause: unknown) {
    super('the answer could not be passed on', { cause });
    this.name = 'EdgeFault';
  }
}

/** undici's refusals to send a request at all: it was handed one that it cannot write, or its connections were closed from this side. */
const OWN_CODES = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
]);
/** Codes of an upgrade that took too long to connect, or to be answered. */
export const CONNECT_TIMEOUT = 'CONNECT_TIMEOUT';
export const HEADERS_TIMEOUT = 'HEADERS_TIMEOUT';
const CONNECT_TIMEOUT_CODES = new Set(['UND_ERR_CONNECT_TIMEOUT', CONNECT_TIMEOUT]);
const TIMEOUT_CODES = new Set([HEADERS_TIMEOUT, 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

/** Sorts an error of undici's. `sent` tells whether the request had been started on a connection. */
export function failureOf(error: Error, sent: boolean): Failure {
  if (error instanceof AppError || error instanceof ClientLeft) return { kind: 'client', error, sent };
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof EdgeFault || (code !== undefined && OWN_CODES.has(code))) return { kind: 'edge', error, sent };
  if (code === 'UND_ERR_ABORTED') return { kind: 'client', error, sent };
  if (code !== undefined && CONNECT_TIMEOUT_CODES.has(code)) return { kind: 'timeout', error, sent: false };
  if (!sent) return { kind: 'connect', error, sent };
  return { kind: code !== undefined && TIMEOUT_CODES.has(code) ? 'timeout' : 'broken', error, sent };
}

/**
 * What the client is told; the upstream's address and the reason stay in the log. To a client a service of Turnpike's
 * own is no backend: its outage is 503, however it shows itself.
 */
export function answerTo({ kind, error, sent }: Failure, firstParty: boolean, provider = false): AppError {
  if (error instanceof AppError) return error;
  if (kind === 'edge')
    return new AppError('service.internal', { detail: 'Something went wrong on our side.', cause: error });
  // A call of a model that was sent may have been made: its client must not take it for one that never was.
  if (firstParty && !(provider && sent)) {
    return new AppError('upstream.unavailable', {
      detail: 'The service behind this route is not available at the moment.',
      headers: { 'Retry-After': '1' },
      cause: error,
    });
  }
  if (kind === 'timeout')
    return new AppError('upstream.timeout', {
      detail: 'The service behind this route did not answer in time.',
      cause: error,
    });
  return new AppError('upstream.bad_gateway', {
    detail: 'The service behind this route is not available at the moment.',
    cause: error,
  });
}

/** Whether a failure tells nothing of the upstream, so that it must not count against its breaker. */
export function saysNothing({ kind }: Failure): boolean {
  return kind === 'client' || kind === 'edge';
}

/** Methods that may be sent again although the first attempt may have arrived (RFC 9110 §9.2.1: safe). */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether another attempt may follow: always if nothing was sent, otherwise only if the method is safe, the body was
 * not used up and nothing is charged. A time-out is not repeated: the client has waited once.
 */
export function mayRetry(failure: Failure, request: { method: string; bodyUsed: boolean; metered: boolean }): boolean {
  if (saysNothing(failure) || request.bodyUsed) return false;
  if (!failure.sent) return true;
  return failure.kind === 'broken' && SAFE_METHODS.has(request.method) && !request.metered;
}
