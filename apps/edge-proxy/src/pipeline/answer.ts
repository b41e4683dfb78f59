import { STATUS_CODES } from 'node:http';
import { renderProblem } from '@turnpike/contracts';
import type { Told } from '@turnpike/ledger-client';
import { AppError } from '@turnpike/service-kit';
import { addLimitHeaders } from '../domain/windows.ts';
import type { Edge } from '../edge.ts';
import type { Exchange, Reply } from './exchange.ts';

/** How long, and for how many bytes, a request body that nobody wants is still read, so that its sender sees the answer and not a reset. */
const UNWANTED_MS_MAX = 1_000;
const UNWANTED_BYTES_MAX = 1_048_576;

/** Appends what every answer carries to a flat list: request id, rate limits, CORS. */
export function addCommonHeaders(list: string[], { requestId, decision, corsHeaders }: Exchange): void {
  list.push('X-Request-ID', requestId);
  if (decision !== undefined) addLimitHeaders(list, decision);
  if (corsHeaders.length > 0) list.push(...corsHeaders);
}

/** Headers that tell what a metered request cost. */
export function creditHeaders({ charged, remaining }: Told): string[] {
  return ['X-Credits-Charged', String(charged), 'X-Credits-Remaining', String(remaining)];
}

/** Writes an answer of the edge's own. */
export function sendReply(exchange: Exchange, reply: Reply, extra: readonly string[] = []): void {
  const { response, request } = exchange;
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const headers: string[] = [];
  addCommonHeaders(headers, exchange);
  headers.push(...reply.headers, ...extra);
  const bytes = Buffer.byteLength(reply.body);
  exchange.responseBytes = bytes;
  if (reply.status !== 204) headers.push('Content-Length', String(bytes));
  if (!mentions(headers, 'cache-control')) headers.push('Cache-Control', 'no-store');
  const unread = exchange.bodyComing;
  if (!request.complete && !mentions(headers, 'connection')) headers.push('Connection', 'close');
  // With the reason named: an answer that could not be written before this one may have left its own behind.
  response.writeHead(reply.status, STATUS_CODES[reply.status], headers);
  if (!unread) {
    response.end(reply.body);
    return;
  }
  response.write(reply.body);
  endAfterUnreadBody(exchange);
}

function mentions(headers: readonly string[], name: string): boolean {
  return headers.some((part, index) => index % 2 === 0 && part.toLowerCase() === name);
}

/** Ends a response whose request is still being sent: a connection closed with unread bytes is reset, and the answer may be lost with it. */
export function endAfterUnreadBody({ request, response }: Exchange): void {
  let bytes = 0;
  const finish = (): void => {
    clearTimeout(timer);
    request.off('data', count);
    response.end();
  };
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > UNWANTED_BYTES_MAX) finish();
  };
  const timer = setTimeout(finish, UNWANTED_MS_MAX);
  request.on('data', count).once('end', finish).once('close', finish);
  request.resume();
}

/**
 * Turns whatever a stage threw into the answer of the route's family; what a 5xx was about is logged, never sent.
 * `told` is what the request cost all the same.
 */
export function sendError(
  exchange: Exchange,
  thrown: unknown,
  edge: Pick<Edge, 'logger'>,
  told = exchange.hold?.told(0n),
): void {
  const error =
    thrown instanceof AppError
      ? thrown
      : new AppError('service.internal', { detail: 'Something went wrong on our side.', cause: thrown });
  const { requestId, route, errorStyle } = exchange;
  exchange.refusal = error;
  if (error.status >= 500) {
    const level = error.code === 'service.internal' ? 'error' : 'warn';
    edge.logger[level]({ err: thrown, requestId, route: route?.id }, error.detail);
  }
  const { code, detail, errors, extra } = error;
  const rendered = renderProblem(
    {
      code,
      detail,
      requestId,
      retryAfter: error.headers['Retry-After'],
      ...(errors ? { errors } : {}),
      ...(extra ? { extra } : {}),
    },
    errorStyle,
  );
  const headers = [
    'Content-Type',
    rendered.contentType,
    ...Object.entries({ ...rendered.headers, ...error.headers }).flat(),
  ];
  const credits = told === undefined ? [] : creditHeaders(told);
  sendReply(exchange, { status: rendered.status, headers, body: rendered.body }, credits);
}
