import { answered, type Answered } from './answered.ts';
import { CredentialHeaders, type Credentials, type TokenPair } from './credentials.ts';
import { AuthenticationError, TurnpikeError } from './errors.ts';
import { eventsOf, type ServerSentEvent } from './events.ts';
import { limitsOf, type Limits } from './limits.ts';
import { OPERATIONS, type CallOptions, type OperationFacts, type Operations } from './operations.ts';
import { itemsOf, nextQueryOf, type PageItem } from './pages.ts';
import { send, sleep, type Body, type Fetch, type Sleep, type WireCall } from './transport.ts';

/** Time until an answer begins, in milliseconds. */
const TIMEOUT_MS = 30_000;
/** Repetitions after the first attempt. */
const RETRIES_MAX = 2;
const REPEATABLE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

export type OperationId = keyof Operations;

/** How a client behaves; everything but the address has a default. */
export interface ClientOptions {
  /** The gateway's address, such as `https://api.example.com`. */
  readonly baseUrl: string;
  /** Who calls; nobody unless told. */
  readonly credentials?: Credentials | undefined;
  /** Time until an answer begins, in milliseconds; 30,000 unless told. */
  readonly timeoutMs?: number | undefined;
  /** Repetitions after the first attempt; 2 unless told. */
  readonly retriesMax?: number | undefined;
  /** In place of the platform's own, for instance to go through a proxy. */
  readonly fetch?: Fetch | undefined;
  /** In place of a timer, between attempts. */
  readonly sleep?: Sleep | undefined;
}

type Takes<Id extends OperationId> = Operations[Id]['takes'];
type Answer<Id extends OperationId> = Operations[Id]['answers'];
/** Operations that may be called with nothing. */
type BareOperationId = { [Id in OperationId]: object extends Takes<Id> ? Id : never }[OperationId];

/** A call to a backend behind the gateway, which no contract describes. */
export interface BackendCall extends CallOptions {
  readonly method?: string | undefined;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: Body | undefined;
}

type Query = Readonly<Record<string, unknown>>;

interface Outgoing {
  readonly facts: OperationFacts;
  readonly path: string;
  readonly query: unknown;
  readonly json: unknown;
  readonly body?: Body | undefined;
  readonly options: CallOptions;
}

/** A client of one gateway for one caller. */
export class Turnpike {
  readonly #options: ClientOptions;
  readonly #credentials: CredentialHeaders;
  #limits: Limits | undefined;

  constructor(options: ClientOptions) {
    this.#options = { ...options, baseUrl: options.baseUrl.replace(/\/+$/, '') };
    this.#credentials = new CredentialHeaders(options.credentials, (token) => this.#refresh(token));
  }

  /** The same gateway for another caller. */
  as(credentials: Credentials | undefined): Turnpike {
    return new Turnpike({ ...this.#options, credentials });
  }

  /** The caller's limits, as the last answer told them. */
  get limits(): Limits | undefined {
    return this.#limits;
  }

  /** Calls an operation by its id and returns what it answers. Throws `TurnpikeError`, `ConnectionError` or `TimeoutError`. */
  call<Id extends BareOperationId>(id: Id, args?: Takes<Id>): Promise<Answer<Id>>;
  call<Id extends OperationId>(id: Id, args: Takes<Id>): Promise<Answer<Id>>;
  async call(id: string, args?: object): Promise<unknown> {
    return (await this.#perform(id, args)).data;
  }

  /** The same, with status, headers, request id and limits beside the data. */
  callWithHeaders<Id extends BareOperationId>(id: Id, args?: Takes<Id>): Promise<Answered<Answer<Id>>>;
  callWithHeaders<Id extends OperationId>(id: Id, args: Takes<Id>): Promise<Answered<Answer<Id>>>;
  callWithHeaders(id: string, args?: object): Promise<Answered<unknown>> {
    return this.#perform(id, args);
  }

  /** Every item of a list, page by page as they are asked for: `for await (const session of client.pages('auth.listSessions'))`. */
  pages<Id extends BareOperationId>(id: Id, args?: Takes<Id>): AsyncGenerator<PageItem<Answer<Id>>, void, undefined>;
  pages<Id extends OperationId>(id: Id, args: Takes<Id>): AsyncGenerator<PageItem<Answer<Id>>, void, undefined>;
  async *pages(id: string, args: { readonly query?: Query } = {}): AsyncGenerator<unknown, void, undefined> {
    let query: Query | undefined = args.query ?? {};
    while (query !== undefined) {
      const page = await this.#perform(id, { ...args, query });
      yield* itemsOf(page.data);
      query = nextQueryOf(page, query);
    }
  }

  /** Calls a backend behind the gateway and returns its JSON (`undefined` for an empty answer). */
  async request<T = unknown>(path: string, call: BackendCall = {}): Promise<T> {
    return (await this.requestWithHeaders<T>(path, call)).data;
  }

  /** The same, with status, headers, request id and limits beside the data. */
  async requestWithHeaders<T = unknown>(path: string, call: BackendCall = {}): Promise<Answered<T>> {
    const response = await this.fetch(path, call);
    return answered(response, (await readJson(response)) as T);
  }

  /** Calls a backend and returns the events of its stream. Nothing is repeated once the stream has begun. */
  async *events(path: string, call: BackendCall = {}): AsyncGenerator<ServerSentEvent, void, undefined> {
    yield* eventsOf(await this.fetch(path, { ...call, headers: { Accept: 'text/event-stream', ...call.headers } }));
  }

  /** Calls a backend and returns its answer, whose body nobody has read yet. Throws for a status of 400 or more. */
  async fetch(path: string, { method = 'GET', query, json, body, ...options }: BackendCall = {}): Promise<Response> {
    const facts = { method, path, access: 'user', idempotent: false } as const;
    return this.#send({ facts, path, query, json, body, options });
  }

  async #perform(id: string, args: object | undefined): Promise<Answered<unknown>> {
    const { params, query, body, ...options } = (args ?? {}) as CallOptions & {
      readonly params?: Query;
      readonly query?: Query;
      readonly body?: unknown;
    };
    const facts = factsOf(id);
    const response = await this.#send({ facts, path: fillPath(facts.path, params), query, json: body, options });
    return answered(response, dataOf(await readJson(response)));
  }

  async #send(outgoing: Outgoing): Promise<Response> {
    const { idempotencyKey: given } = outgoing.options;
    // Made here, once: every repetition of the call is the same operation.
    const idempotencyKey = given ?? (outgoing.facts.idempotent ? crypto.randomUUID() : undefined);
    const used = this.#credentials.current['Authorization'];
    try {
      return await this.#attempt(outgoing, idempotencyKey);
    } catch (error) {
      const expired = error instanceof AuthenticationError && outgoing.facts.access !== 'public';
      if (!expired || !(await this.#credentials.renew(used, error.code))) throw error;
      return this.#attempt(outgoing, idempotencyKey);
    }
  }

  async #attempt(outgoing: Outgoing, idempotencyKey: string | undefined): Promise<Response> {
    const { facts, path, query, json, options } = outgoing;
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (facts.access !== 'public') Object.assign(headers, this.#credentials.current);
    if (json !== undefined) headers['Content-Type'] = 'application/json';
    if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
    for (const [name, value] of Object.entries(options.headers ?? {})) if (value !== undefined) headers[name] = value;
    const call: WireCall = {
      url: this.#options.baseUrl + path + queryOf(query),
      method: facts.method,
      headers,
      body: json === undefined ? outgoing.body : JSON.stringify(json),
      // A body that can be read once only cannot be sent again.
      repeatable:
        (REPEATABLE_METHODS.has(facts.method) || idempotencyKey !== undefined) &&
        !(outgoing.body instanceof ReadableStream),
      timeoutMs: options.timeoutMs ?? this.#options.timeoutMs ?? TIMEOUT_MS,
      retriesMax: options.retriesMax ?? this.#options.retriesMax ?? RETRIES_MAX,
      signal: options.signal,
    };
    try {
      const response = await send(call, this.#options.fetch ?? fetch, this.#options.sleep ?? sleep);
      this.#noteLimits(response.headers);
      return response;
    } catch (error) {
      if (error instanceof TurnpikeError) this.#noteLimits(error.headers);
      throw error;
    }
  }

  #noteLimits(headers: Headers): void {
    this.#limits = limitsOf(headers) ?? this.#limits;
  }

  async #refresh(refreshToken: string): Promise<TokenPair> {
    const facts = factsOf('auth.refresh');
    const body = { refresh_token: refreshToken };
    // Repeating it is safe: a replaced token is answered with the same successor for 30 seconds.
    const response = await this.#attempt(
      { facts, path: facts.path, query: undefined, json: body, options: {} },
      undefined,
    );
    return (await response.json()) as TokenPair;
  }
}

function factsOf(id: string): OperationFacts {
  const facts = OPERATIONS[id];
  if (facts === undefined) throw new TypeError(`There is no operation ${id}`);
  return facts;
}

/** Puts encoded parameters into a path pattern. */
function fillPath(pattern: string, params: Readonly<Record<string, unknown>> = {}): string {
  return pattern.replace(/:([a-z_]+)/gi, (_match, name: string) => {
    const value = params[name];
    if (typeof value !== 'string' || value === '')
      throw new TypeError(`The path parameter ${name} of ${pattern} is missing`);
    // `fetch` resolves these, so that it would be the path of another operation.
    if (value === '.' || value === '..')
      throw new TypeError(`The path parameter ${name} of ${pattern} cannot be ${value}`);
    return encodeURIComponent(value);
  });
}

function queryOf(query: unknown): string {
  const parts = Object.entries((query ?? {}) as Readonly<Record<string, unknown>>)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]): [string, string] => [name, String(value)]);
  return parts.length === 0 ? '' : `?${new URLSearchParams(parts).toString()}`;
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const type = response.headers.get('content-type') ?? 'of no type';
    throw new TypeError(`The answer is ${type} and no JSON: read it with fetch().`, { cause });
  }
}

/** The Account API's data without its envelope. */
function dataOf(body: unknown): unknown {
  const isEnvelope =
    typeof body === 'object' && body !== null && 'success' in body && body.success === true && 'data' in body;
  return isEnvelope ? body.data : body;
}
