import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, Request } from 'express';
import { ConnectionError, TimeoutError, TurnpikeError } from '@turnpike/client';
import { ERRORS, renderProblem, type ErrorCode, type RenderedProblem } from '@turnpike/contracts';
import { AppError, isStoreOutage, unavailable, type Logger } from '@turnpike/service-kit';

/** The request's id: made here, and handed on to the edge. */
export function requestIdOf(request: Request): string {
  const { locals } = request.res ?? { locals: {} as Record<string, unknown> };
  locals['requestId'] ??= randomUUID();
  return String(locals['requestId']);
}

/** Answers whatever was thrown as a problem document; a 5xx says nothing of its cause, the log does. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const requestId = requestIdOf(request);
    const { status, headers, contentType, body } = problemOf(thrown, requestId);
    if (status >= 500) logger.error({ err: thrown, requestId, path: request.path }, 'a request failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.status(status).setHeader('Content-Type', contentType);
    response.end(body);
  };
}

/** The problem document of whatever was thrown. */
export function problemOf(thrown: unknown, requestId: string): RenderedProblem {
  const { code, detail, errors, extra, headers } = asAppError(thrown);
  const problem = renderProblem(
    { code, detail, requestId, ...(errors ? { errors } : {}), ...(extra ? { extra } : {}) },
    'problem',
  );
  // Not `WWW-Authenticate`: a browser may ask for a password by it, and the page signs in by itself.
  const { 'WWW-Authenticate': _asks, ...kept } = { ...problem.headers, ...headers };
  return { ...problem, headers: kept };
}

function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof TurnpikeError) return passedOn(thrown);
  if (thrown instanceof ConnectionError || thrown instanceof TimeoutError) return unavailable('The gateway', thrown);
  if (isStoreOutage(thrown)) return unavailable('The store of sessions', thrown);
  if (isBodyError(thrown))
    return new AppError('request.malformed', { detail: 'The body is not JSON of a size that is read here.' });
  return new AppError('service.internal', { detail: 'Something went wrong on our side.', cause: thrown });
}

/** What the gateway refused, in its own words. */
function passedOn({ code, detail, errors, retryAfter, status }: TurnpikeError): AppError {
  if (!Object.hasOwn(ERRORS, code) || status >= 500) return unavailable('The gateway', `it answered ${status} ${code}`);
  return new AppError(code as ErrorCode, {
    detail,
    errors,
    ...(retryAfter === undefined ? {} : { headers: { 'Retry-After': String(retryAfter) } }),
  });
}

/** What express's body parser throws has a type and a status of the 4xx. */
function isBodyError(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    'type' in thrown &&
    'status' in thrown &&
    Number(thrown.status) >= 400 &&
    Number(thrown.status) < 500
  );
}
