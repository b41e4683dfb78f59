import { createServer, type ServerResponse } from 'node:http';
import { listenAndTell } from './listen.ts';

/** The backend of all contenders: a small JSON answer at once, or, below `/bench/events`, a stream of events that say when they were sent. */

const BODY = JSON.stringify({ id: 'moon-landing', title: 'Moon landing, July 20 1969' });
const HEADERS = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(BODY) };

listenAndTell(
  createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://upstream');
    if (url.pathname === '/bench/events') {
      sendEvents(response, Number(url.searchParams.get('count')), Number(url.searchParams.get('intervalMs')));
      return;
    }
    request.resume();
    response.writeHead(200, HEADERS);
    response.end(BODY);
  }),
);

/** The clock is CLOCK_MONOTONIC, which all processes of a machine share. Streams start at random points of the interval, so that no burst is measured. */
function sendEvents(response: ServerResponse, count: number, intervalMs: number): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.flushHeaders();
  let sent = 0;
  const next = (): void => {
    response.write(`data: ${process.hrtime.bigint()}\n\n`);
    sent += 1;
    if (sent < count) timer = setTimeout(next, intervalMs);
    else response.end();
  };
  let timer = setTimeout(next, Math.random() * intervalMs);
  response.once('close', () => clearTimeout(timer));
}
