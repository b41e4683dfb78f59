import { AppError } from '@turnpike/service-kit';

/**
 * Why an attempt ended without a response. `connect`: no connection, so nothing was sent. `timeout`: sent, and no answer in time.
 * `broken`: the connection or its protocol failed. `client`: the client's own fault or leave, with the error for its answer.
 */
export type FailureKind = 'connect' | 'timeout' | 'broken' | 'client';

export interface Failure {
  readonly kind: FailureKind;
  readonly error: Error;
  /** Whether the upstream may have received the request. */
  readonly sent: boolean;
}

/** The client went away. That says nothing of the upstream: whoever can leave could otherwise open its breaker for everybody. */
export class ClientLeft extends Error {
  constructor() {
    super('the client left');
    this.name = 'ClientLeft';
  }
}

const TIMEOUT_CODES = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

/** Sorts an error of undici's. `sent` tells whether the request had been started on a connection. */
export function failureOf(error: Error, sent: boolean): Failure {
  if (error instanceof AppError || error instanceof ClientLeft) return { kind: 'client', error, sent };
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'UND_ERR_ABORTED') return { kind: 'client', error, sent };
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return { kind: 'timeout', error, sent: false };
  if (!sent) return { kind: 'connect', error, sent };
  return { kind: code !== undefined && TIMEOUT_CODES.has(code) ? 'timeout' : 'broken', error, sent };
}

/**
 * What the client is told. The upstream's address and the reason stay in the log. A service of Turnpike's own is no gateway's backend to a
 * client: its outage is 503, however it shows itself.
 */
export function answerTo({ kind, error }: Failure, firstParty: boolean): AppError {
  if (error instanceof AppError) return error;
  if (firstParty) {
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

/** Methods that may be sent again although the first attempt may have arrived (RFC 9110 §9.2.1: safe). */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether another attempt may follow. What was not sent may always be tried elsewhere; what may have arrived, only if its method is safe,
 * its body (if any) was not used up, and nothing is charged for it. A time-out is not repeated: the client has waited once.
 */
export function mayRetry(failure: Failure, request: { method: string; bodyUsed: boolean; metered: boolean }): boolean {
  if (failure.kind === 'client' || request.bodyUsed) return false;
  if (!failure.sent) return true;
  return failure.kind === 'broken' && SAFE_METHODS.has(request.method) && !request.metered;
}
