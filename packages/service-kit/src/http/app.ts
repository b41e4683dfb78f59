import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import type { Logger } from '../process/logger.ts';
import type { Metrics } from '../process/metrics.ts';
import { admit, type AdmissionKeys, type Admitted } from './admission.ts';
import { bodyParser } from './body.ts';
import { answer } from './call.ts';
import { AppError } from './errors.ts';
import { openExchange, sendError, type Exchange } from './exchange.ts';
import { addHealthRoutes, type ReadinessChecks } from './health.ts';
import { hotRequests } from './hot-requests.ts';
import { refuseMethod } from './refuse-method.ts';
import { withRequestContext } from './request-context.ts';
import type { Route } from './route.ts';

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

/** Answers HTTP requests: a listener of `node:http`, or a middleware that leaves nothing to the next. */
export type ServiceApp = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Serves contract endpoints: request ids, traces, health, metrics, admission, validation, and one way to answer errors.
 * Express serves them all, but for the usual requests to hot endpoints (ADR 16). Nothing connects here.
 */
export function createServiceApp(given: ServiceAppOptions): ServiceApp {
  const onStaleSignature = (): void => given.metrics.countStaleSignature();
  const options = { ...given, keys: { ...given.keys, onStaleSignature } };
  const serveHot = hotRequests(options.routes, options);
  const serveAny = expressApp(options);
  return (request, response) => {
    if (!serveHot(request, response)) serveAny(request, response);
  };
}

function expressApp(options: ServiceAppOptions): Express {
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
    app.all(path, (_request, response) =>
      refuseMethod(response, methods.includes('GET') ? [...methods, 'HEAD'] : methods),
    );
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

function opening(options: ServiceAppOptions): RequestHandler {
  return (request, response, next) => {
    const exchange = openExchange(request, response, options);
    response.locals['exchange'] = exchange;
    withRequestContext(exchange.context, next);
  };
}

function exchangeOf(response: Response): Exchange {
  return response.locals['exchange'] as Exchange;
}

/** The steps of one route, in order: admission before the body is read, so a stranger's megabytes are never parsed. */
function steps(route: Route, options: ServiceAppOptions): RequestHandler[] {
  const { endpoint } = route;
  const admission: RequestHandler = (request, response, next) => {
    exchangeOf(response).endpoint = endpoint;
    response.locals['admitted'] = admit(endpoint, request, options.keys, Math.floor(Date.now() / 1000));
    next();
  };
  const respond: RequestHandler = ({ params, query, body }, response) =>
    answer(route, exchangeOf(response), response.locals['admitted'] as Admitted, { params, query, body }, options);
  return [admission, ...bodyParser(endpoint), respond];
}

function errorHandler(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, _request, response, _next) => sendError(exchangeOf(response), thrown, logger);
}
