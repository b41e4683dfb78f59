import { Agent, type Dispatcher } from 'undici';
import { currentRequest, uuidv7 } from '@turnpike/service-kit';
import { gatewayHeaders } from './domain/gateway-headers.ts';

/** How long a backend may take to accept a connection, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Connections kept to each backend. */
const CONNECTIONS_MAX = 16;

/** A place at a backend that this service calls for a user. */
export interface BackendEndpoint {
  readonly name: string;
  readonly url: string;
  readonly serviceKey: string | undefined;
  /** Signs what is sent to it. */
  readonly signingSecret: string | undefined;
}

/** The backends behind the gateway (those that erase by name), called the way the gateway calls them. Redirects are not followed. */
export interface Backends {
  /** Tells a backend to erase a user; returns its status, or `undefined` for a name that is not configured. */
  sendErasure(name: string, userId: string, receiptId: string, signal: AbortSignal): Promise<number | undefined>;
  /** A signed GET for a user. The caller reads the body, or destroys it. */
  get(endpoint: BackendEndpoint, url: URL, userId: string, signal: AbortSignal): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

export function createBackends(erasureWebhooks: readonly BackendEndpoint[]): Backends {
  const agent = new Agent({ connections: CONNECTIONS_MAX, connect: { timeout: CONNECT_TIMEOUT_MS } });

  function send(
    { name, serviceKey, signingSecret }: BackendEndpoint,
    method: 'GET' | 'POST',
    url: URL,
    userId: string,
    signal: AbortSignal,
    body?: object,
  ): Promise<Dispatcher.ResponseData> {
    if (signingSecret === undefined)
      throw new Error(`There is no signing secret for ${name} (GATEWAY_SIGNING_SECRET), so it would not believe us`);
    const requestId = currentRequest()?.requestId ?? uuidv7();
    const headers = gatewayHeaders({
      method,
      url,
      userId,
      signingSecret,
      serviceKey,
      requestId,
      nowSeconds: Math.floor(Date.now() / 1000),
    });
    return agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal,
    });
  }

  return {
    async sendErasure(name, userId, receiptId, signal) {
      const endpoint = erasureWebhooks.find((webhook) => webhook.name === name);
      if (!endpoint) return undefined;
      const body = { type: 'user.erasure', user_id: userId, receipt_id: receiptId };
      const response = await send(endpoint, 'POST', new URL(endpoint.url), userId, signal, body);
      await response.body.dump();
      return response.statusCode;
    },
    get: (endpoint, url, userId, signal) => send(endpoint, 'GET', url, userId, signal),
    close: () => agent.close(),
  };
}
