import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EndpointSpec, FieldError } from '@turnpike/contracts';
import type { Logger } from '../process/logger.ts';
import { idempotencyKeyOf, type Admitted } from './admission.ts';
import { sendReply, type Exchange } from './exchange.ts';
import type { Call, Route } from './route.ts';
import { checkPart, throwIfInvalid } from './validation.ts';

/** The parts of a request before they are validated. */
export interface ReceivedParts {
  readonly params: unknown;
  readonly query: unknown;
  /** `undefined` where there was none. */
  readonly body: unknown;
}

export interface AnswerOptions {
  readonly logger: Logger;
  /** Check each response against its contract. */
  readonly checkResponses: boolean;
}

/** Validates an admitted request, calls its handler and writes the reply. Rejects with whatever either throws. */
export async function answer(
  route: Route,
  exchange: Exchange,
  admitted: Admitted,
  parts: ReceivedParts,
  options: AnswerOptions,
): Promise<void> {
  const { endpoint } = route;
  const call = new ReceivedCall(endpoint, exchange, admitted, parts, options.logger);
  const reply = await route.handle(call as unknown as Call<EndpointSpec>);
  if (reply !== 'handled') sendReply(endpoint, reply, exchange.response, options.checkResponses);
}

/** The `Call` that a handler receives. A class, so that what few handlers ask for is made only for those that do. */
class ReceivedCall implements Record<keyof Call<EndpointSpec>, unknown> {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: unknown;
  readonly body: unknown;
  readonly identity: Admitted['identity'];
  readonly caller: Admitted['caller'];
  readonly idempotencyKey: string | undefined;
  readonly requestId: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly #endpoint: EndpointSpec;
  readonly #logger: Logger;
  #log: Logger | undefined;
  #leaving: AbortSignal | undefined;

  constructor(
    endpoint: EndpointSpec,
    { request, response, context }: Exchange,
    admitted: Admitted,
    parts: ReceivedParts,
    logger: Logger,
  ) {
    const faults: FieldError[] = [];
    this.params = checkPart('params', endpoint.params, parts.params, faults);
    this.query = checkPart('query', endpoint.query, parts.query, faults);
    this.headers = checkPart('headers', endpoint.headers, request.headers, faults);
    this.body = checkPart('body', endpoint.body, parts.body === undefined ? {} : parts.body, faults);
    throwIfInvalid(faults);
    this.identity = admitted.identity;
    this.caller = admitted.caller;
    this.idempotencyKey = idempotencyKeyOf(endpoint, request);
    this.requestId = context.requestId;
    this.request = request;
    this.response = response;
    this.#endpoint = endpoint;
    this.#logger = logger;
  }

  get clientAddress(): string {
    const forwarded = this.request.headers['x-forwarded-for'];
    const first = typeof forwarded === 'string' ? forwarded.split(',', 1)[0]?.trim() : undefined;
    return first || (this.request.socket.remoteAddress ?? 'unknown');
  }

  get userAgent(): string | undefined {
    return this.request.headers['user-agent']?.slice(0, 512);
  }

  get signal(): AbortSignal {
    return (this.#leaving ??= abortedOnClose(this.response));
  }

  get log(): Logger {
    return (this.#log ??= this.#logger.child({ requestId: this.requestId, route: this.#endpoint.id }));
  }
}

/** Aborted when the connection closes, or already if it has. */
function abortedOnClose(response: ServerResponse): AbortSignal {
  if (response.destroyed) return AbortSignal.abort();
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  return leaving.signal;
}
