import { Agent, request as send } from 'undici';

/** A provider that could not be reached, took too long, failed on its side, or answered something that is no answer. */
export class ProviderOutage extends Error {
  override readonly name = 'ProviderOutage';
}

/** A call to a provider. */
export interface ProviderRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
}

/** A provider's answer below 500: its status, and its body where that is a JSON object or array. */
export interface ProviderResponse {
  readonly status: number;
  readonly body: unknown;
  readonly cacheControl: string | undefined;
}

export interface ProviderHttp {
  /** Sends once; whether a call may be repeated is the caller's decision. Throws `ProviderOutage`. */
  send(request: ProviderRequest): Promise<ProviderResponse>;
  close(): Promise<void>;
}

export interface ProviderHttpOptions {
  /** How long a call may take from connecting to the last byte, in milliseconds. */
  readonly timeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /** Largest answer read, in bytes. */
  readonly responseBytesMax?: number;
  /** Connections to one provider at once. */
  readonly connectionsMax?: number;
  /** Told of each call: the provider's host, whether its answer could be used, and how long it took. */
  readonly observe?: (host: string, outcome: 'answered' | 'outage', seconds: number) => void;
}

/** GitHub refuses callers without one. */
const USER_AGENT = 'turnpike-auth';

/**
 * The only way this service talks to providers: bounded in time, size and connections, without redirects. Connections
 * are not kept, because a code sent on one that the provider had just closed could not be sent again.
 */
export function createProviderHttp(options: ProviderHttpOptions = {}): ProviderHttp {
  const {
    timeoutMs = 5_000,
    connectTimeoutMs = 3_000,
    responseBytesMax = 1024 * 1024,
    connectionsMax = 64,
    observe,
  } = options;
  const dispatcher = new Agent({
    pipelining: 0,
    connections: connectionsMax,
    connect: { timeout: connectTimeoutMs },
    maxResponseSize: responseBytesMax,
  });

  async function exchange({ url, method = 'GET', headers, form, json }: ProviderRequest): Promise<ProviderResponse> {
    const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
    const body =
      form === undefined
        ? json === undefined
          ? undefined
          : JSON.stringify(json)
        : new URLSearchParams(form).toString();
    const response = await send(url, {
      dispatcher,
      method,
      headers: {
        accept: 'application/json',
        'user-agent': USER_AGENT,
        ...(body === undefined ? {} : { 'content-type': type }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.body.text();
    const { statusCode: status } = response;
    // 429 says that the provider will not answer now; it says nothing of the person.
    if (status >= 500 || status === 429) throw new ProviderOutage(`${hostOf(url)} answered ${status}`);
    if (status >= 300 && status < 400) throw new ProviderOutage(`${hostOf(url)} redirected`);
    const cacheControl = response.headers['cache-control'];
    return { status, body: parse(text), cacheControl: typeof cacheControl === 'string' ? cacheControl : undefined };
  }

  return {
    async send(call) {
      const host = hostOf(call.url);
      const startedMs = performance.now();
      const note = (outcome: 'answered' | 'outage'): void =>
        observe?.(host, outcome, (performance.now() - startedMs) / 1_000);
      try {
        const response = await exchange(call);
        note('answered');
        return response;
      } catch (cause) {
        note('outage');
        throw cause instanceof ProviderOutage ? cause : new ProviderOutage(`${host} could not be reached`, { cause });
      }
    },
    close: () => dispatcher.close(),
  };
}

/** What a message may say of an address: paths and queries can hold secrets. */
function hostOf(url: string): string {
  return new URL(url).host;
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
