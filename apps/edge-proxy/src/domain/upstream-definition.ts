/** Where an upstream is and how it is to be treated. */
export interface UpstreamDefinition {
  readonly name: string;
  /** Origins such as `http://10.0.0.5:8090`; requests are spread over those that work. */
  readonly addresses: readonly string[];
  /** Sent as `X-Service-Key`. */
  readonly serviceKey: string | undefined;
  /** Signs what is forwarded to it; `undefined` where the edge has none, and nothing is signed. */
  readonly signingSecret: string | undefined;
  /** One of Turnpike's own services: it is told the session, key and scopes besides the user. */
  readonly firstParty: boolean;
  /** May name the true cost in `X-Credits-Cost`. */
  readonly trusted: boolean;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly retriesMax: number;
  /** Connections to each address. */
  readonly connectionsMax: number;
  /** Requests that may wait for a connection, and how long each. */
  readonly queueMax: number;
  readonly queueTimeoutMs: number;
  readonly breaker: { readonly failuresMax: number; readonly openMs: number };
  readonly healthCheck: { readonly path: string; readonly intervalMs: number; readonly timeoutMs: number } | undefined;
}
