import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorStyleOf, HEADER, renderProblem, styleOf, type EndpointSpec } from '@turnpike/contracts';
import { isStoreOutage } from '../data/outage.ts';
import type { Logger } from '../process/logger.ts';
import type { Metrics } from '../process/metrics.ts';
import { bodyError } from './body.ts';
import { AppError, unavailable } from './errors.ts';
import type { RequestContext } from './request-context.ts';
import { requestIdFrom } from './request-id.ts';
import { endRequestSpan, openRequestSpan } from './request-span.ts';
import type { Reply } from './route.ts';

/** A request and its response while it is being answered. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: RequestContext;
  /** Set once a route was found. */
  endpoint: EndpointSpec | undefined;
}

export interface ExchangeOptions {
  readonly service: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** First of all: request id, trace context, default caching rule, and the line and metric written when the response has ended. */
export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { logger, metrics, service }: ExchangeOptions,
): Exchange {
  const startedMs = performance.now();
  const requestId = requestIdFrom(request.headers[HEADER.requestId]);
  const { traceparent, span } = openRequestSpan(service, request, startedMs);
  const exchange: Exchange = {
    request,
    response,
    context: { requestId, traceparent },
    endpoint: undefined,
  };
  response.setHeader('X-Request-ID', requestId);
  response.setHeader('Cache-Control', 'no-store');
  response.on('close', () => {
    const seconds = (performance.now() - startedMs) / 1_000;
    const status = response.writableFinished ? response.statusCode : 499;
    const method = request.method ?? '';
    metrics.observeRequest({ route: exchange.endpoint?.id ?? 'unmatched', method, status }, seconds);
    if (span !== undefined) endRequestSpan(span, { method, route: exchange.endpoint?.path, status, requestId });
    if (logger.isLevelEnabled('debug'))
      logger.debug({ requestId, method, path: sentPath(request), status, seconds }, 'request');
  });
  return exchange;
}

/** The path as it was sent, without its query and wherever the app is mounted: what the gateway signed. */
export function sentPath(request: IncomingMessage & { readonly originalUrl?: string }): string {
  return (request.originalUrl ?? request.url ?? '/').split('?', 1)[0] ?? '/';
}

/** Writes a handler's reply. With `check`, one that breaks its contract throws instead. */
export function sendReply(
  endpoint: EndpointSpec,
  reply: Exclude<Reply<EndpointSpec>, 'handled'>,
  response: ServerResponse,
  check: boolean,
): void {
  const schema = endpoint.responses[reply.status];
  if (check && schema) {
    const result = schema.safeParse(reply.body);
    if (!result.success) throw new Error(`${endpoint.id} broke its contract: ${result.error.message}`);
  }
  for (const name in reply.headers) response.setHeader(name, reply.headers[name] ?? '');
  response.statusCode = reply.status;
  if (!schema) return void response.end();
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(reply.body));
}

/** Turns whatever was thrown into the family's error shape. A 5xx says nothing of its cause; the log does. */
export function sendError({ request, response, context, endpoint }: Exchange, thrown: unknown, logger: Logger): void {
  const error = asAppError(thrown);
  const { requestId } = context;
  if (error.status >= 500) logger.error({ err: thrown, requestId, path: sentPath(request) }, error.detail);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const style = endpoint ? styleOf(endpoint.family) : errorStyleOf(sentPath(request));
  const { code, detail, errors, extra, headers } = error;
  const rendered = renderProblem(
    {
      code,
      detail,
      requestId,
      retryAfter: headers['Retry-After'],
      ...(errors ? { errors } : {}),
      ...(extra ? { extra } : {}),
    },
    style,
  );
  for (const [name, value] of Object.entries({ ...rendered.headers, ...headers })) response.setHeader(name, value);
  response.statusCode = rendered.status;
  response.setHeader('Content-Type', rendered.contentType);
  response.end(rendered.body);
}

function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const fromBody = bodyError(thrown);
  if (fromBody) return fromBody;
  if (isStoreOutage(thrown)) return unavailable('A data store', thrown);
  return new AppError('service.internal', { detail: 'Something went wrong on our side.', cause: thrown });
}
