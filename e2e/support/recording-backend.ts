import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a backend got it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** A backend of the test's own: it keeps what it is told, answers `{}`, and on a path that ends in `/events` a stream without an end. */
export interface RecordingBackend {
  readonly url: string;
  readonly received: ReceivedRequest[];
  close(): Promise<void>;
}

/** Starts one on a free port. */
export async function startRecordingBackend(): Promise<RecordingBackend> {
  const received: ReceivedRequest[] = [];
  const streams = new Set<ServerResponse>();
  // Longer than any client keeps a connection, so that none is closed while a call is on its way.
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (path !== '/health') received.push({ method: request.method ?? '', path, headers: request.headers });
    request.resume();
    if (path.endsWith('/events')) {
      streams.add(response);
      response.on('close', () => streams.delete(response));
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: open\n\n');
      return;
    }
    request.on('end', () => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async close() {
      for (const stream of streams) stream.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
