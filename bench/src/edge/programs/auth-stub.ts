import { createServer } from 'node:http';
import { listenAndTell } from './listen.ts';

/** The auth service behind nginx's `auth_request`. It verifies nothing, so nginx is measured at its cheapest. */
listenAndTell(
  createServer((_request, response) => {
    response.writeHead(200, { 'X-User-ID': '00000000-0000-7000-8000-000000000001', 'Content-Length': 0 });
    response.end();
  }),
);
