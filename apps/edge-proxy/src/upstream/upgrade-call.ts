import type { ClientRequest, IncomingMessage, InformationEvent } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { ClientGate } from './client-gate.ts';
import { CONNECT_TIMEOUT, HEADERS_TIMEOUT } from './failure.ts';

/** Largest head of an upstream's answer, in bytes; the same as of other requests. */
const HEADER_BYTES_MAX = 65_536;

/** Told how an upgrade goes. */
export interface UpgradeEvents {
  /** The connection is there, and the request on its way. */
  sent(): void;
  /** An interim response; others may follow, and the answer does. */
  informed(interim: InformationEvent): void;
  /** No answer: once, and nothing comes after it. */
  failed(error: Error): void;
  /** An answer other than a 101, with its body still to be read. */
  refused(response: IncomingMessage): void;
  /** The upstream's 101. Returns the head that the client is told, or `undefined` to have the connection dropped. */
  accepted(response: IncomingMessage): string | undefined;
  /** Both sides have ended, after `accepted` returned a head; once. */
  ended(): void;
}

export interface UpgradeOptions {
  /** `http://host:port` or `https://host:port`. */
  readonly origin: string;
  /** Path and query, byte for byte. */
  readonly path: string;
  /** Flat list of headers to be sent. */
  readonly headers: readonly string[];
  readonly client: Duplex;
  /** What the client sent behind its request. */
  readonly early: Buffer;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
}

/** What http-proxy-middleware reads of a request. */
interface Facade {
  readonly method: 'GET';
  readonly httpVersionMajor: 1;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Without a server here the library does nothing, silently. */
  readonly socket: { readonly server: object };
  readonly call: UpgradeCall;
}

/** Called when the library has joined a connection of an upstream with its gate. */
const onJoined = new WeakMap<Duplex, () => void>();

/**
 * http-proxy-middleware carries upgrades, without its own plug-ins, which answer the client by themselves and name the
 * upstream. It rests on three orders of the library, held by tests and an exact version: `proxyReqWs` before its own
 * listeners, head and pipes before `open`, and all of an accepted upgrade in one turn of the event loop.
 */
const proxy = createProxyMiddleware({
  target: 'http://router.invalid',
  router: (request) => callOf(request).options.origin,
  ssl: { maxHeaderSize: HEADER_BYTES_MAX },
  ejectPlugins: true,
  plugins: [
    (server) => {
      server.on('error', (error, request) => callOf(request).failed(asError(error)));
      server.on('proxyReqWs', (out, request) => callOf(request).watch(out));
      server.on('open', (upstream) => {
        onJoined.get(upstream)?.();
        onJoined.delete(upstream);
      });
    },
  ],
});

function callOf(request: unknown): UpgradeCall {
  return (request as Facade).call;
}

/** One attempt to upgrade a client's connection to an upstream's. */
export class UpgradeCall {
  readonly options: UpgradeOptions;
  readonly #events: UpgradeEvents;
  readonly #gate: ClientGate;
  #out: ClientRequest | undefined;
  #upstream: Duplex | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** It has failed, was refused or was accepted. */
  #answered = false;
  #abortedBy: Error | undefined;

  constructor(options: UpgradeOptions, events: UpgradeEvents) {
    this.options = options;
    this.#events = events;
    this.#gate = new ClientGate(options.client);
    const facade: Facade = {
      method: 'GET',
      httpVersionMajor: 1,
      url: options.path,
      headers: { ...headerObject(options.headers), connection: 'Upgrade', upgrade: 'websocket' },
      socket: { server: {} },
      call: this,
    };
    const noHead = Buffer.alloc(0);
    proxy.upgrade(facade as unknown as IncomingMessage, this.#gate as unknown as Socket, noHead);
  }

  /** Lets the upstream go, whatever it is doing. `failed` is told unless it was answered before. */
  abort(reason: Error): void {
    this.#abortedBy ??= reason;
    this.#out?.destroy(reason);
    this.#upstream?.destroy();
    this.#gate.destroy();
    this.failed(reason);
  }

  /** Takes the place of the library's own listeners, which would answer the client. */
  watch(out: ClientRequest): void {
    this.#out = out;
    const { connectTimeoutMs, headersTimeoutMs } = this.options;
    this.#expireAfter(connectTimeoutMs, CONNECT_TIMEOUT);
    out.once('socket', (socket) =>
      socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
        if (this.#answered) return;
        this.#expireAfter(headersTimeoutMs, HEADERS_TIMEOUT);
        this.#events.sent();
      }),
    );
    out.on('error', (error) => this.failed(error));
    out.on('information', (interim) => {
      if (!this.#answered) this.#events.informed(interim);
    });
    out.once('response', (response) => this.#onResponse(out, response));
    out.once('upgrade', (response, upstream) => this.#onUpgrade(response, upstream));
    if (this.#abortedBy !== undefined) out.destroy(this.#abortedBy);
  }

  failed(error: Error): void {
    if (!this.#once()) return;
    this.#gate.destroy();
    this.#events.failed(this.#abortedBy ?? error);
  }

  #onResponse(out: ClientRequest, response: IncomingMessage): void {
    if (!this.#once()) return;
    // A destroyed gate makes the library leave the body alone, but for reading it; whoever relays it listens first.
    this.#gate.destroy();
    if ((response.statusCode ?? 0) >= 200) return this.#events.refused(response);
    out.destroy();
    this.#events.failed(new Error('the upstream answered 101 without an upgrade'));
  }

  #onUpgrade(response: IncomingMessage, upstream: Duplex): void {
    if (!this.#once()) return;
    const head = this.#events.accepted(response);
    if (head === undefined) {
      this.#gate.destroy();
      upstream.on('error', () => {}).destroy();
      return;
    }
    this.#upstream = upstream;
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      this.#gate.destroy();
      upstream.destroy();
      this.#events.ended();
    };
    const gate = this.#gate;
    upstream.once('close', () => {
      if (gate.destroyed || gate.writableFinished) return end();
      // Its last bytes are still on their way to the client.
      gate.once('finish', end).end();
    });
    gate.once('close', end);
    onJoined.set(upstream, () => gate.open(head, this.options.early));
  }

  #once(): boolean {
    if (this.#answered) return false;
    this.#answered = true;
    clearTimeout(this.#timer);
    return true;
  }

  #expireAfter(ms: number, code: string): void {
    clearTimeout(this.#timer);
    const error = Object.assign(new Error(`no upgrade within ${ms} ms`), { code });
    this.#timer = setTimeout(() => this.#out?.destroy(error), ms);
  }
}

/** Repeated names become lists, which the library writes as lines again. */
function headerObject(list: readonly string[]): Record<string, string | string[]> {
  const spellings = new Map<string, string>();
  const headers: Record<string, string | string[]> = {};
  for (let index = 0; index + 1 < list.length; index += 2) {
    const [name = '', value = ''] = [list[index], list[index + 1]];
    const first = spellings.get(name.toLowerCase());
    if (first === undefined) {
      spellings.set(name.toLowerCase(), name);
      headers[name] = value;
    } else {
      const earlier = headers[first] ?? [];
      headers[first] = typeof earlier === 'string' ? [earlier, value] : [...earlier, value];
    }
  }
  return headers;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
