import { createHash } from 'node:crypto';
import { openRawSocket, type RawSocket } from './raw-socket.ts';
import type { RawUpstream } from './raw-upstream.ts';

const LIST = '/api/v1/timepoints';

/** Opens an event stream with a credential and waits for its first event. */
export async function openEvents(upstream: RawUpstream, url: string, credential: string): Promise<RawSocket> {
  upstream.onRequest = (request, response) => {
    if (!request.url?.endsWith('/events')) return false;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('data: 1\n\n');
    return true;
  };
  const raw = await openRawSocket(url);
  raw.write(`GET ${LIST}/events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${credential}\r\n\r\n`);
  await raw.until(/data: 1/);
  return raw;
}

/** Has the upstream accept WebSockets and send back what comes, byte by byte; frames do not matter here. */
export function acceptSockets(upstream: RawUpstream): void {
  upstream.onUpgrade = (request, socket) => {
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on('error', () => {});
    socket.pipe(socket);
  };
}

/** Opens a WebSocket with a credential. */
export async function openSocket(upstream: RawUpstream, url: string, credential: string): Promise<RawSocket> {
  acceptSockets(upstream);
  const raw = await openRawSocket(url);
  raw.write(
    `GET ${LIST}/socket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer ${credential}\r\n\r\n`,
  );
  await raw.until(/^HTTP\/1\.1 101 [^]*\r\n\r\n/);
  return raw;
}
