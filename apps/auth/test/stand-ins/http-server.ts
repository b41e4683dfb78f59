import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the stand-in providers see it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** A form, or an empty one. */
  readonly form: URLSearchParams;
  readonly text: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface RunningServer {
  readonly url: string;
  /** `up` answers, `failing` answers 503, `silent` never answers, `refusing` closes connections. */
  mode: 'up' | 'failing' | 'silent' | 'refusing';
  close(): Promise<void>;
}

/** An HTTP server whose answers are given by one function; strings are sent as HTML, everything else as JSON. */
export async function startServer(answer: (request: Received) => Answer | Promise<Answer>): Promise<RunningServer> {
  // Longer than any client keeps a connection, so that none is closed while a call is on its way.
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    if (running.mode === 'refusing') request.socket.destroy();
    else if (running.mode === 'failing') reply(response, { status: 503, body: { error: 'temporarily_unavailable' } });
    else if (running.mode === 'up')
      void read(request)
        .then(answer)
        .then(
          (given) => reply(response, given),
          (error: unknown) => reply(response, { status: 500, body: String(error) }),
        );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const running: RunningServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mode: 'up',
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return running;
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const url = new URL(request.url ?? '/', 'http://stand-in');
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    form: new URLSearchParams(isForm ? text : ''),
    text,
  };
}

function reply(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  const html = typeof body === 'string';
  response.writeHead(status, { 'content-type': html ? 'text/html' : 'application/json', ...headers });
  response.end(body === undefined ? undefined : html ? body : JSON.stringify(body));
}
