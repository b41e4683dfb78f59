import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** A request as an upstream received it. */
export interface Received {
  readonly method: string;
  /** Path and query, byte for byte. */
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Responder = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

/** A backend whose behaviour each test chooses: what it received is remembered, what it answers is a function. */
export interface RawUpstream {
  readonly url: string;
  readonly received: Received[];
  readonly server: Server;
  /** How the next requests are answered; by default 200 with what was received, as JSON. */
  respond: Responder;
  /** Called as soon as a request's headers have arrived, before its body; when it answers, nothing else does. */
  onRequest: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  onUpgrade: ((request: IncomingMessage, socket: Duplex, head: Buffer) => void) | undefined;
  connections(): Promise<number>;
  /** Forgets what it received and answers by default again. */
  reset(): void;
  close(): Promise<void>;
}

const echo: Responder = (request, response, body) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(
    JSON.stringify({ method: request.method, target: request.url, headers: request.headers, body: body.toString() }),
  );
};

export interface RawUpstreamOptions {
  /** Default: a free one. */
  readonly port?: number;
  /**
   * Answers by itself what comes without a client, such as the edge's health checks and the erasures of users, so that a test which waits for
   * its own request does not take one of these for it.
   */
  readonly clientsOnly?: boolean;
}

/** Starts a backend. */
export async function startRawUpstream({
  port = 0,
  clientsOnly = false,
}: RawUpstreamOptions = {}): Promise<RawUpstream> {
  const received: Received[] = [];
  const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    if (clientsOnly && request.headers['x-forwarded-for'] === undefined) {
      request.resume();
      response.end('{}');
      return;
    }
    if (upstream.onRequest?.(request, response)) return;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const { method = '', url = '', rawHeaders, headers } = request;
      received.push({ method, target: url, rawHeaders, headers, body: body.toString('latin1') });
      upstream.respond(request, response, body);
    });
  });
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // The HTTP server forgets a connection that was upgraded.
    upgraded.add(socket);
    socket.on('close', () => upgraded.delete(socket));
    if (upstream.onUpgrade === undefined) socket.destroy();
    else upstream.onUpgrade(request, socket, head);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const upstream: RawUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    server,
    respond: echo,
    onRequest: undefined,
    onUpgrade: undefined,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    reset() {
      received.length = 0;
      upstream.respond = echo;
      upstream.onRequest = undefined;
      upstream.onUpgrade = undefined;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
      }),
  };
  return upstream;
}
