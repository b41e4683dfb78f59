import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { EndpointSpec, Input } from '@turnpike/contracts';
import type { GatewayIdentity } from '../keys/gateway-identity.ts';
import type { ServiceCaller } from '../keys/service-keys.ts';
import type { Logger } from '../process/logger.ts';

/** A validated request, as a handler receives it. */
export interface Call<E extends EndpointSpec> {
  readonly params: Input<E, 'params'>;
  readonly query: Input<E, 'query'>;
  readonly headers: Input<E, 'headers'>;
  readonly body: Input<E, 'body'>;
  /** The signed-in caller, on `user` endpoints. */
  readonly identity: E['access'] extends 'user' | 'tenant'
    ? GatewayIdentity
    : E['access'] extends 'platform_admin'
      ? GatewayIdentity | undefined
      : undefined;
  /** The calling service, on `service` endpoints. */
  readonly caller: E['access'] extends 'service' ? ServiceCaller : undefined;
  /** The client's `Idempotency-Key`, already checked for length; on endpoints declared `idempotent`. */
  readonly idempotencyKey: string | undefined;
  readonly requestId: string;
  /** The client's address, as the edge saw it. */
  readonly clientAddress: string;
  readonly userAgent: string | undefined;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

type Replies<E extends EndpointSpec> = {
  [S in keyof E['responses'] & number]: {
    readonly status: S;
    readonly body: E['responses'][S] extends z.ZodType ? z.input<E['responses'][S]> : null;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  };
}[keyof E['responses'] & number];

/** What a handler returns: one of the contract's responses, or `'handled'` when it wrote the response itself (streams, redirects). */
export type Reply<E extends EndpointSpec> = Replies<E> | 'handled';

export type Handler<E extends EndpointSpec> = (call: Call<E>) => Promise<Reply<E>> | Reply<E>;

/** An endpoint bound to its handler; the type parameter is gone, so a table can hold them all. */
export interface Route {
  readonly endpoint: EndpointSpec;
  readonly handle: (call: Call<EndpointSpec>) => Promise<Reply<EndpointSpec>> | Reply<EndpointSpec>;
}

/**
 * Binds a handler to its contract. The server validates every part of the request with the endpoint's schemas before it calls the
 * handler, which is what makes the one narrowing here sound.
 */
export function route<const E extends EndpointSpec>(endpoint: E, handler: NoInfer<Handler<E>>): Route {
  return { endpoint, handle: handler as unknown as Route['handle'] };
}
