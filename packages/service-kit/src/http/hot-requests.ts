import type { IncomingMessage, ServerResponse } from 'node:http';
import { admit, type AdmissionKeys } from './admission.ts';
import { bodyBytesMax, contentTypes, refuseOtherThanUtf8 } from './body.ts';
import { answer, type AnswerOptions } from './call.ts';
import { AppError } from './errors.ts';
import { openExchange, sendError, type Exchange, type ExchangeOptions } from './exchange.ts';
import { withRequestContext } from './request-context.ts';
import type { Route } from './route.ts';

/** Characters of a path segment that means what it says. */
const PLAIN = '[A-Za-z0-9_.~-]+';
const PLAIN_JSON = /^application\/json(?:; ?charset=utf-8)?$/i;

interface HotRoute {
  readonly route: Route;
  /** Matches plain paths only; one group per parameter. */
  readonly pattern: RegExp;
  readonly params: readonly string[];
  readonly bodyBytesMax: number;
}

type Params = Readonly<Record<string, string>>;

/**
 * Serves hot endpoints without Express, where the request has their usual form: a plain path without a query, and a body, if any, of plain
 * JSON with its length. It returns false and touches nothing where a request is anything else: that is for Express.
 */
export function hotRequests(
  routes: readonly Route[],
  options: AnswerOptions & ExchangeOptions & { readonly keys: AdmissionKeys },
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const byMethod = new Map<string, HotRoute[]>();
  for (const route of routes) {
    const { hot, method } = route.endpoint;
    if (!hot) continue;
    byMethod.set(method, [...(byMethod.get(method) ?? []), hotRoute(route)]);
  }

  function begin(found: HotRoute, params: Params, exchange: Exchange): void {
    const { endpoint } = found.route;
    const fail = (thrown: unknown): void => sendError(exchange, thrown, options.logger);
    exchange.endpoint = endpoint;
    try {
      // Before the body is read, so a stranger's megabytes are never parsed.
      const admitted = admit(endpoint, exchange.request, options.keys, Math.floor(Date.now() / 1000));
      const proceed = (body: unknown): void => {
        withRequestContext(exchange.context, () =>
          answer(found.route, exchange, admitted, { params, query: {}, body }, options),
        ).catch(fail);
      };
      if (endpoint.body === undefined || !hasLength(exchange.request)) proceed(undefined);
      else readJson(exchange.request, proceed, fail);
    } catch (thrown) {
      fail(thrown);
    }
  }

  return (request, response) => {
    for (const candidate of byMethod.get(request.method ?? '') ?? []) {
      const match = candidate.pattern.exec(request.url ?? '');
      if (match === null) continue;
      if (!hasUsualBody(request, candidate)) return false;
      const params: Record<string, string> = {};
      for (const [index, name] of candidate.params.entries()) params[name] = match[index + 1] ?? '';
      begin(candidate, params, openExchange(request, response, options));
      return true;
    }
    return false;
  };
}

function hotRoute(route: Route): HotRoute {
  const params: string[] = [];
  const pattern = route.endpoint.path
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/:(\w+)/g, (_whole, name: string) => {
      params.push(name);
      return `(${PLAIN})`;
    });
  return { route, pattern: new RegExp(`^${pattern}$`), params, bodyBytesMax: bodyBytesMax(route.endpoint) };
}

function hasLength({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return length !== undefined && length !== '0';
}

function hasUsualBody(request: IncomingMessage, { route, bodyBytesMax: bytesMax }: HotRoute): boolean {
  const { headers } = request;
  if (route.endpoint.body === undefined) return true;
  if (headers['transfer-encoding'] !== undefined) return false;
  if (!hasLength(request)) return true;
  if (headers['content-encoding'] !== undefined || Number(headers['content-length']) > bytesMax) return false;
  return PLAIN_JSON.test(headers['content-type'] ?? '') && contentTypes(request.rawHeaders) === 1;
}

const utf8 = new TextDecoder();

/** Reads a body whose length is known and allowed. A client that leaves in the middle is told nothing. */
function readJson(request: IncomingMessage, proceed: (body: unknown) => void, fail: (thrown: unknown) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const [first] = chunks;
    const bytes = chunks.length === 1 && first ? first : Buffer.concat(chunks);
    let body: unknown;
    try {
      refuseOtherThanUtf8(bytes);
      body = JSON.parse(utf8.decode(bytes));
    } catch (thrown) {
      return fail(
        thrown instanceof SyntaxError
          ? new AppError('request.malformed', { detail: 'The body is not valid JSON.', cause: thrown })
          : thrown,
      );
    }
    proceed(body);
  });
}
