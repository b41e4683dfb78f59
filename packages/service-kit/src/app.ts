import { errorStyleOf, HEADER, renderProblem, styleOf, type EndpointSpec, type ErrorStyle, type FieldError } from '@turnpike/contracts';
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response } from 'express';
import { admit, idempotencyKeyOf, pathOf, type AdmissionKeys } from './admission.ts';
import { bodyError, bodyParser } from './body.ts';
import { AppError, unavailable } from './errors.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { isStoreOutage } from './outage.ts';
import { withRequestContext } from './request-context.ts';
import { refuseMethod } from './refuse-method.ts';
import { requestIdFrom } from './request-id.ts';
import { addHealthRoutes, type ReadinessChecks } from './health.ts';
import type { Call, Reply, Route } from './route.ts';
import { startServerSpan } from './tracing.ts';
import { checkPart, throwIfInvalid } from './validation.ts';

export interface ServiceAppOptions {
  /** Name in `/health`. */
  readonly service: string;
  readonly version: string;
  readonly routes: readonly Route[];
  readonly keys: AdmissionKeys;
  readonly readiness: ReadinessChecks;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Check each response against its contract: on everywhere but in production. */
  readonly checkResponses: boolean;
}

/**
 * An Express app that serves contract endpoints: request ids, trace context, health, metrics, admission, validation, and one error
 * handler for all. Nothing connects here.
 */
export function createServiceApp(options: ServiceAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.use(opening(options));
  addHealthRoutes(app, options);
  for (const route of options.routes) {
    const { method, path } = route.endpoint;
    app[method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'](path, ...steps(route, options));
  }
  for (const [path, methods] of methodsByPath(options.routes)) {
    app.all(path, (_request, response) => refuseMethod(response, methods.includes('GET') ? [...methods, 'HEAD'] : methods));
  }
  app.use(() => {
    throw new AppError('route.not_found', { detail: 'There is nothing at this path.' });
  });
  app.use(errorHandler(options.logger));
  return app;
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const table = new Map<string, string[]>();
  for (const { endpoint } of routes) table.set(endpoint.path, [...(table.get(endpoint.path) ?? []), endpoint.method]);
  return table;
}

/** First of all: request id, trace context, default caching rule, and the line and metric written when the response has ended. */
function opening({ logger, metrics, service }: ServiceAppOptions): RequestHandler {
  return (request, response, next) => {
    const startedNs = process.hrtime.bigint();
    const requestId = requestIdFrom(request.headers[HEADER.requestId]);
    const span = startServerSpan(service, request);
    response.locals['requestId'] = requestId;
    response.setHeader('X-Request-ID', requestId);
    response.setHeader('Cache-Control', 'no-store');
    response.on('close', () => {
      const seconds = Number(process.hrtime.bigint() - startedNs) / 1e9;
      const endpoint = endpointOf(response);
      const status = response.writableFinished ? response.statusCode : 499;
      metrics.observeRequest({ route: endpoint?.id ?? 'unmatched', method: request.method, status }, seconds);
      span.end(endpoint?.id, status);
      logger.debug({ requestId, method: request.method, path: pathOf(request), status, seconds }, 'request');
    });
    withRequestContext({ requestId, traceparent: span.traceparent }, next);
  };
}

function endpointOf(response: Response): EndpointSpec | undefined {
  return response.locals['endpoint'] as EndpointSpec | undefined;
}

/** The steps of one route, in order: admission before the body is read, so a stranger's megabytes are never parsed. */
function steps(route: Route, options: ServiceAppOptions): RequestHandler[] {
  const { endpoint } = route;
  const admission: RequestHandler = (request, response, next) => {
    response.locals['endpoint'] = endpoint;
    response.locals['admitted'] = admit(endpoint, request, options.keys, Math.floor(Date.now() / 1000));
    next();
  };
  const respond: RequestHandler = async (request, response) => {
    const reply = await route.handle(callOf(endpoint, request, response, options.logger));
    if (reply !== 'handled') send(endpoint, reply, response, options.checkResponses);
  };
  return [admission, ...bodyParser(endpoint), respond];
}

function callOf(endpoint: EndpointSpec, request: Request, response: Response, logger: Logger): Call<EndpointSpec> {
  const faults: FieldError[] = [];
  const requestId = String(response.locals['requestId']);
  const parts = {
    params: checkPart('params', endpoint.params, request.params, faults),
    query: checkPart('query', endpoint.query, request.query, faults),
    headers: checkPart('headers', endpoint.headers, request.headers, faults),
    body: checkPart('body', endpoint.body, request.body ?? {}, faults),
  };
  throwIfInvalid(faults);
  // Made for those handlers that ask: a logger of its own and an aborted signal cost more than all the rest of a short request.
  let log: Logger | undefined;
  let leaving: AbortSignal | undefined;
  return {
    ...(parts as Pick<Call<EndpointSpec>, 'params' | 'query' | 'headers' | 'body'>),
    ...(response.locals['admitted'] as Pick<Call<EndpointSpec>, 'identity' | 'caller'>),
    idempotencyKey: idempotencyKeyOf(endpoint, request),
    requestId,
    clientAddress: request.get('x-forwarded-for')?.split(',')[0]?.trim() || (request.socket.remoteAddress ?? 'unknown'),
    userAgent: request.get('user-agent')?.slice(0, 512),
    get signal() {
      return (leaving ??= abortedOnClose(response));
    },
    get log() {
      return (log ??= logger.child({ requestId, route: endpoint.id }));
    },
    request,
    response,
  };
}

/** Aborted when the connection closes, or already if it has. */
function abortedOnClose(response: Response): AbortSignal {
  if (response.destroyed) return AbortSignal.abort();
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  return leaving.signal;
}

function send(endpoint: EndpointSpec, reply: Exclude<Reply<EndpointSpec>, 'handled'>, response: Response, check: boolean): void {
  const schema = endpoint.responses[reply.status];
  if (check && schema) {
    const result = schema.safeParse(reply.body);
    if (!result.success) throw new Error(`${endpoint.id} broke its contract: ${result.error.message}`);
  }
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  response.status(reply.status);
  if (schema) response.json(reply.body);
  else response.end();
}

/** Turns whatever was thrown into the family's error shape. A 5xx says nothing of its cause; the log does. */
function errorHandler(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const error = asAppError(thrown);
    const requestId = String(response.locals['requestId']);
    if (error.status >= 500) logger.error({ err: thrown, requestId, path: pathOf(request) }, error.detail);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const endpoint = endpointOf(response);
    const style: ErrorStyle = endpoint ? styleOf(endpoint.family) : errorStyleOf(pathOf(request));
    const { code, detail, errors, extra, headers } = error;
    const rendered = renderProblem({ code, detail, requestId, ...(errors ? { errors } : {}), ...(extra ? { extra } : {}) }, style);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.status(rendered.status).setHeader('Content-Type', rendered.contentType).end(rendered.body);
  };
}

function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const fromBody = bodyError(thrown);
  if (fromBody) return fromBody;
  if (isStoreOutage(thrown)) return unavailable('A data store', thrown);
  return new AppError('service.internal', { detail: 'Something went wrong on our side.', cause: thrown });
}
