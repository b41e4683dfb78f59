import { createServer, type Server } from 'node:http';

/** Where the metrics text comes from. */
export interface MetricsSource {
  readonly contentType: string;
  read(): Promise<string>;
}

/** `/metrics` on a port of its own, for a process whose other port is open to the public. */
export function createMetricsServer(source: MetricsSource): Server {
  return createServer({ requestTimeout: 5_000 }, (request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    source.read().then(
      (text) => response.writeHead(200, { 'Content-Type': source.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
}
