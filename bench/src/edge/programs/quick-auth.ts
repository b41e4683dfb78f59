import { createServer } from 'node:http';
import { listenAndTell } from './listen.ts';

/**
 * Stands before auth while memory is measured, so that a hundred thousand credentials can be cached in seconds: a token that begins with
 * `bench-` is active, one user to each. Every other question goes to auth itself. Reads AUTH_URL.
 */
const { AUTH_URL = '' } = process.env;
const HOUR_SECONDS = 3_600;

listenAndTell(
  createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const number = /"bench-(\d+)"/.exec(body.toString())?.[1];
    if (number !== undefined) {
      const id = number.padStart(12, '0');
      const exp = Math.floor(Date.now() / 1_000) + HOUR_SECONDS;
      const answer = {
        active: true,
        principal: 'user',
        sub: `00000000-0000-7000-8000-${id}`,
        sid: `00000000-0000-7000-9000-${id}`,
        tier: 'free',
        scopes: ['*'],
        exp,
        token_type: 'access_token',
      };
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
      return;
    }
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
    const answer = await fetch(`${AUTH_URL}${request.url}`, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(body.length > 0 ? { body } : {}),
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
  }),
);
