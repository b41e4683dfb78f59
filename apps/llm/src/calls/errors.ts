import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorStyleOf, renderProblem } from '@turnpike/contracts';
import { AppError, type Logger } from '@turnpike/service-kit';

/** A request that can be answered. */
export interface Answerable {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** Answers with an error as the vendor's SDK reads it. A 5xx says nothing of its cause; the log does. */
export function sendError({ request, response, requestId }: Answerable, thrown: unknown, logger: Logger): void {
  const error =
    thrown instanceof AppError
      ? thrown
      : new AppError('service.internal', { detail: 'Something went wrong on our side.', cause: thrown });
  if (error.status >= 500) logger.error({ err: thrown, requestId }, error.detail);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { code, detail, extra, headers } = error;
  const rendered = renderProblem(
    { code, detail, requestId, retryAfter: headers['Retry-After'], ...(extra ? { extra } : {}) },
    errorStyleOf(request.url ?? ''),
  );
  const list = Object.entries({ ...rendered.headers, ...headers }).flat();
  // A body that is still coming would be read as the next request.
  if (!request.complete) list.push('Connection', 'close');
  response.writeHead(rendered.status, [
    ...list,
    'X-Request-ID',
    requestId,
    'Content-Type',
    rendered.contentType,
    'Content-Length',
    String(Buffer.byteLength(rendered.body)),
    'Cache-Control',
    'no-store',
  ]);
  response.end(rendered.body);
}

const TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

/** What a client is told of a call that brought no answer. Only one that was never sent may be made again without being paid twice. */
export function failureOf(error: Error, sent: boolean): AppError {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (sent && TIMEOUTS.has(code))
    return new AppError('upstream.timeout', { detail: 'The provider did not answer in time.', cause: error });
  return new AppError('upstream.bad_gateway', {
    detail: sent
      ? 'The connection to the provider broke before it answered.'
      : 'The provider cannot be reached at the moment.',
    headers: sent ? {} : { 'x-should-retry': 'true' },
    cause: error,
  });
}

/** Why an answer is refused that may not be shown before it is whole, and is too long for that. */
export function tooLong(bytesMax: number): AppError {
  return new AppError('upstream.bad_gateway', {
    detail: `The answer is longer than ${bytesMax} bytes, the most that this gateway can look at before it shows them.`,
  });
}
