import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Backend {
  /** Sends the path byte for byte, without the normalising that `fetch` does. */
  send(method: string, path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  close(): Promise<void>;
}

/** A real Express server behind the given middleware; whatever passes is answered 200 with the user id that the kit read. */
export async function serve(middleware: readonly RequestHandler[], last: RequestHandler): Promise<Backend> {
  const app = express();
  app.use(...middleware);
  app.use(last);
  const server = createServer(app).listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    send: (method, path, headers = {}) =>
      new Promise((resolve, reject) => {
        const outgoing = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
            resolve({ status: response.statusCode ?? 0, body });
          });
        });
        outgoing.on('error', reject);
        outgoing.end();
      }),
    close: () => new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
  };
}
