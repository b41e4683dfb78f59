import { ConnectionError, TimeoutError, Turnpike } from '@turnpike/client';
import { HEADER } from '@turnpike/contracts';
import type { Config } from '../config.ts';

/** Whom a call is made for. */
export interface Client {
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly accessToken?: string | undefined;
}

/** What is asked of the edge for a page. */
export interface GatewayRead {
  /** With its query. */
  readonly path: string;
  readonly project: string | undefined;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

/** How long the ways to sign in are remembered, in milliseconds. */
const METHODS_KEPT_MS = 30_000;

/** The gateway, as the console calls it for somebody. */
export class Gateway {
  readonly #config: Config;
  #methods: { readonly until: number; readonly value: ReturnType<Gateway['ask']> } | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  /** A client that calls for somebody, from where they are. */
  for({ address, userAgent, accessToken }: Client): Turnpike {
    const marks = this.marks(address);
    return new Turnpike({
      baseUrl: this.#config.EDGE_URL,
      credentials: accessToken === undefined ? undefined : { accessToken },
      timeoutMs: this.#config.EDGE_TIMEOUT_MS,
      retriesMax: 1,
      fetch: (url, init) =>
        fetch(url, {
          ...init,
          headers: {
            ...(init.headers as Record<string, string>),
            ...marks,
            ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
          },
        }),
    });
  }

  /** Asks the edge for what is at a path, once, and gives its answer, whatever that is. Throws `ConnectionError` or `TimeoutError` where there is none. */
  async read(
    { address, userAgent, accessToken }: Client,
    { path, project, requestId, signal }: GatewayRead,
  ): Promise<Response> {
    const deadline = AbortSignal.timeout(this.#config.EDGE_TIMEOUT_MS);
    try {
      return await fetch(this.#config.EDGE_URL + path, {
        headers: {
          accept: 'application/json',
          'x-request-id': requestId,
          ...this.marks(address),
          ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
          ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
          ...(project === undefined ? {} : { 'x-project-id': project }),
        },
        redirect: 'manual',
        signal: AbortSignal.any([signal, deadline]),
      });
    } catch (cause) {
      if (deadline.aborted) throw new TimeoutError(`${path}: no answer`, { cause });
      throw new ConnectionError(`${path}: no answer`, { cause });
    }
  }

  /** Headers that say that the console calls, and for whom. */
  marks(address: string): Readonly<Record<string, string>> {
    const [key] = this.#config.CONSOLE_KEY;
    return { ...(key === undefined ? {} : { [HEADER.consoleKey]: key }), 'x-forwarded-for': address };
  }

  /** The ways to sign in, remembered for half a minute. */
  methods(client: Client): ReturnType<Gateway['ask']> {
    if (this.#methods === undefined || this.#methods.until < performance.now()) {
      const value = this.ask(client);
      this.#methods = { until: performance.now() + METHODS_KEPT_MS, value };
      value.catch(() => (this.#methods = undefined));
    }
    return this.#methods.value;
  }

  private ask(client: Client) {
    return this.for(client).call('auth.signInMethods');
  }
}
