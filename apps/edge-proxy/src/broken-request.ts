import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorStyleOf, renderProblem, type ErrorCode } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit';
import { corsHeaders } from './domain/cors.ts';
import { ANONYMOUS } from './domain/principal.ts';
import { addLimitHeaders } from './domain/windows.ts';
import type { Edge } from './edge.ts';
import type { Limits } from './limits/create-limits.ts';

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** What Node's parser says of bytes that it refused. */
export interface BrokenBytes {
  readonly code?: string | undefined;
  /** The last piece it was given. */
  readonly rawPacket?: Buffer | undefined;
}

/** How long a connection that sent nonsense may take to read its answer, in milliseconds. */
const GOODBYE_MS = 1_000;

/** Connections that are being told goodbye; the parser may complain about their later bytes as well. */
const leaving = new WeakSet<Duplex>();

/**
 * Answers what never became a request: bytes that the parser refused, headers that did not end in time, CONNECT. Nothing of it reaches a
 * stage, let alone an upstream, and the connection closes, since nobody can say where a next request would begin (RFC 9112 §11.2).
 */
export async function answerBrokenRequest(
  edge: Limits & Pick<Edge, 'addresses' | 'cors'>,
  socket: Duplex,
  { code, rawPacket }: BrokenBytes,
): Promise<void> {
  if (leaving.has(socket)) return;
  leaving.add(socket);
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const address = socket instanceof Socket ? edge.addresses.peer(socket.remoteAddress) : 'unknown';
  const decision = await edge.limiter.consume(edge.plans.planFor(ANONYMOUS, undefined, address));
  const requestId = uuidv7();
  const {
    status,
    contentType,
    body,
    headers: styled,
  } = renderProblem({ ...problemOf(code), requestId }, errorStyleOf(pathIn(rawPacket)));
  const headers = [
    'X-Request-ID',
    requestId,
    'Content-Type',
    contentType,
    'Cache-Control',
    'no-store',
    'Connection',
    'close',
    ...Object.entries(styled).flat(),
  ];
  addLimitHeaders(headers, decision);
  headers.push(...corsHeaders(edge.cors, originIn(rawPacket)));
  let head = `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? 'Error'}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  for (let index = 0; index + 1 < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  socket.end(`${head}\r\n${body}`);
  setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
}

/** What the parser's error code means for the client. */
export function problemOf(code: string | undefined): { readonly code: ErrorCode; readonly detail: string } {
  if (code === 'HPE_HEADER_OVERFLOW')
    return { code: 'request.headers_too_large', detail: 'The request line and headers are too large.' };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { code: 'request.timeout', detail: 'The request did not arrive in time.' };
  if (code === 'CONNECT') return { code: 'request.malformed', detail: 'This server is not a forward proxy.' };
  return { code: 'request.malformed', detail: 'The request is not well-formed HTTP/1.1.' };
}

/** The path of the request line, where those bytes begin with it: what a vendor's SDK sent is refused as it reads errors. */
function pathIn(bytes: Buffer | undefined): string {
  return /^[A-Z]+ ([^ \r\n]+)/.exec(bytes?.toString('latin1') ?? '')?.[1] ?? '';
}

/** The page's origin, where the bytes that the parser refused show it: its headers were never read. */
function originIn(bytes: Buffer | undefined): string | undefined {
  return /\r\norigin:([^\r\n]*)\r\n/i.exec(bytes?.toString('latin1') ?? '')?.[1]?.trim();
}
