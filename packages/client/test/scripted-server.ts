import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived, body included. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Step = (seen: Seen, response: ServerResponse) => void;

/** An HTTP server that answers request by request what a test says; the last step goes on answering. */
export interface ScriptedServer {
  readonly url: string;
  readonly seen: Seen[];
  script(...steps: Step[]): void;
  close(): Promise<void>;
}

/** An answer with a JSON body. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Step {
  return (_seen, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(body === undefined ? '' : JSON.stringify(body));
  };
}

/** An error as the gateway words it. */
export function problem(
  status: number,
  code: string,
  more: object = {},
  headers: Readonly<Record<string, string>> = {},
): Step {
  return json(
    status,
    { type: 'about:blank', title: code, status, detail: `because of ${code}`, code, request_id: 'r1', ...more },
    {
      'X-Request-ID': 'r1',
      ...headers,
    },
  );
}

/** The connection breaks without an answer. */
export const reset: Step = (_seen, response) => void response.socket?.destroy();

export async function startScriptedServer(): Promise<ScriptedServer> {
  let steps: Step[] = [];
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
      seen.push(one);
      const step = steps.length > 1 ? steps.shift() : steps[0];
      step?.(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    script(...next) {
      seen.length = 0;
      steps = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
