import { Agent, type Dispatcher } from 'undici';
import { HEADER, type EndpointSpec, type Outgoing, type Output } from '@turnpike/contracts';
import { uuidv7 } from '../data/ids.ts';
import { isTracing, startSpan, withSpan, type Span } from '../tracing/tracing.ts';
import { AppError, RefusedByService, unavailable } from './errors.ts';
import { readRefusal } from './refusal.ts';
import { currentRequest } from './request-context.ts';

export interface InternalClientOptions {
  /** The called service's name, for messages. */
  readonly service: string;
  readonly baseUrl: string;
  /** Sent as `X-Service-Key`. */
  readonly serviceKey: string | undefined;
  /** How long one attempt may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** Attempts of a call that is safe to repeat. */
  readonly attemptsMax?: number;
  /** Connections kept to the service. */
  readonly connectionsMax?: number;
}

type Part<E extends EndpointSpec, P extends 'params' | 'query' | 'headers' | 'body'> = E[P] extends undefined
  ? { readonly [K in P]?: undefined }
  : undefined extends Outgoing<E, P>
    ? { readonly [K in P]?: Outgoing<E, P> }
    : { readonly [K in P]: Outgoing<E, P> };

/** Arguments of a call: the parts that the endpoint's contract declares. */
export type CallArguments<E extends EndpointSpec> = Part<E, 'params'> &
  Part<E, 'query'> &
  Part<E, 'body'> & {
    readonly idempotencyKey?: string;
    readonly signal?: AbortSignal;
    /** The call may be repeated though it is not a GET (it is idempotent by its arguments). */
    readonly repeatable?: boolean;
  };

export interface InternalClient {
  /**
   * Calls an endpoint of another service and returns the success body. A refusal of the other service (4xx) is thrown as `RefusedByService`,
   * which is a 500 unless the caller knows its meaning (`isRefusal`); an outage, a time-out or a 5xx as `service.unavailable` (503).
   */
  call<E extends EndpointSpec>(endpoint: E, args: CallArguments<E>): Promise<Output<E>>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 3_000;
const ATTEMPTS_MAX = 2;
const CONNECTIONS_MAX = 64;
/**
 * How long a connection to one of Turnpike's services is kept idle, in milliseconds: less than `SHUTDOWN_DRAIN_MS`, so that a service which stops
 * never closes one that a caller is about to use.
 */
export const IDLE_CONNECTION_MS_MAX = 4_000;

/** A client for one service's internal routes, typed by the contract. Request id and trace context are passed on by themselves. */
export function createInternalClient(options: InternalClientOptions): InternalClient {
  const { timeoutMs = TIMEOUT_MS, attemptsMax = ATTEMPTS_MAX } = options;
  const agent = new Agent({
    connections: options.connectionsMax ?? CONNECTIONS_MAX,
    connect: { timeout: timeoutMs },
    keepAliveTimeout: IDLE_CONNECTION_MS_MAX,
    keepAliveMaxTimeout: IDLE_CONNECTION_MS_MAX,
  });
  return {
    async call(endpoint, args) {
      const attempts = endpoint.method === 'GET' || args.repeatable ? attemptsMax : 1;
      const span = isTracing() ? startCallSpan(endpoint, options.service) : undefined;
      return await withSpan(span, async () => {
        const request = requestOf(endpoint, args, options, span?.traceparent ?? currentRequest()?.traceparent);
        for (let attempt = 1; ; attempt += 1) {
          try {
            return await once(agent, request, endpoint, options, timeoutMs, args.signal);
          } catch (error) {
            const outage = error instanceof AppError && error.status === 503;
            if (!outage || attempt >= attempts || args.signal?.aborted) throw error;
          }
        }
      });
    },
    close: () => agent.close(),
  };
}

function startCallSpan({ method, path }: EndpointSpec, service: string): Span | undefined {
  return startSpan(`${method} ${path}`, 'client', currentRequest()?.traceparent, {
    'http.request.method': method,
    'url.template': path,
    'peer.service': service,
  });
}

interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

function requestOf(
  endpoint: EndpointSpec,
  args: { params?: unknown; query?: unknown; body?: unknown; idempotencyKey?: string },
  options: InternalClientOptions,
  traceparent: string | undefined,
): WireRequest {
  const current = currentRequest();
  const query = new URLSearchParams(
    Object.entries((args.query ?? {}) as Record<string, unknown>)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return {
    method: endpoint.method,
    path: fillPath(endpoint.path, (args.params ?? {}) as Record<string, unknown>) + (query === '' ? '' : `?${query}`),
    headers: {
      accept: 'application/json',
      [HEADER.requestId]: current?.requestId ?? uuidv7(),
      ...(traceparent ? { [HEADER.traceparent]: traceparent } : {}),
      ...(options.serviceKey ? { [HEADER.serviceKey]: options.serviceKey } : {}),
      ...(args.idempotencyKey ? { [HEADER.idempotencyKey]: args.idempotencyKey } : {}),
      ...(args.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: args.body === undefined ? null : JSON.stringify(args.body),
  };
}

/** Puts encoded parameters into a path pattern. */
export function fillPath(pattern: string, params: Readonly<Record<string, unknown>>): string {
  return pattern.replace(/:([a-z_]+)/gi, (_match, name: string) => {
    const value = params[name];
    if (typeof value !== 'string' || value === '')
      throw new TypeError(`path parameter ${name} of ${pattern} is missing`);
    return encodeURIComponent(value);
  });
}

async function once<E extends EndpointSpec>(
  agent: Agent,
  request: WireRequest,
  endpoint: E,
  { service, baseUrl }: InternalClientOptions,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Output<E>> {
  const deadline = AbortSignal.timeout(timeoutMs);
  let response: Dispatcher.ResponseData;
  let text: string;
  try {
    const both = signal ? AbortSignal.any([signal, deadline]) : deadline;
    response = await agent.request({ origin: baseUrl, ...request, signal: both });
    text = await response.body.text();
  } catch (cause) {
    throw unavailable(`The ${service} service`, cause);
  }
  if (response.statusCode >= 500)
    throw unavailable(
      `The ${service} service`,
      `${endpoint.id} answered ${response.statusCode}: ${text.slice(0, 500)}`,
    );
  const body = parse(text);
  if (response.statusCode >= 400) {
    const { code, detail } = readRefusal(service, endpoint.id, response.statusCode, body);
    throw new RefusedByService({ service, endpoint: endpoint.id, code, detail });
  }
  const schema = endpoint.responses[response.statusCode];
  if (schema === undefined)
    throw unavailable(`The ${service} service`, `${endpoint.id} answered ${response.statusCode}`);
  if (schema === null) return undefined as Output<E>;
  const answer = schema.safeParse(body);
  // Another release of it, or another server at its address.
  if (!answer.success) throw unavailable(`The ${service} service`, answer.error);
  return answer.data as Output<E>;
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
