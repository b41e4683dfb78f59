import { errorStyleOf, REQUEST_ID_PATTERN } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import { corsHeaders } from '../domain/cors.ts';
import { RequestHeaders } from '../domain/request-headers.ts';
import { parseTarget as parse } from '../domain/request-target.ts';
import type { Edge } from '../edge.ts';
import { newRequestId } from '../ids.ts';
import type { Exchange } from './exchange.ts';
import { takeTrace } from './trace.ts';

const HOST = /^(?:[A-Za-z0-9.\-_~]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
/** Header lines of one request. Node's own limit drops what is past it silently, so it is off and this one refuses. */
const HEADER_LINES_MAX = 100;

/** Reads request id, headers, client address and target once, and refuses what servers could read in two ways. */
export function parseTarget(exchange: Exchange, edge: Pick<Edge, 'addresses' | 'cors'>): void {
  const { request } = exchange;
  const headers = new RequestHeaders(request.rawHeaders);
  exchange.headers = headers;
  // Before anything is refused, since pages are to read refusals too.
  exchange.corsHeaders = corsHeaders(edge.cors, headers.get('origin'));
  const requestId = headers.get('x-request-id');
  exchange.requestId = requestId !== undefined && REQUEST_ID_PATTERN.test(requestId) ? requestId : newRequestId();
  takeTrace(exchange);
  exchange.errorStyle = errorStyleOf(request.url ?? '');
  exchange.origin = edge.addresses.originOf(request.socket.remoteAddress, false, headers.get('host') ?? '', {
    forwardedFor: headers.get('x-forwarded-for'),
    forwardedProto: headers.get('x-forwarded-proto'),
    forwardedHost: headers.get('x-forwarded-host'),
    forwarded: headers.get('forwarded'),
  });
  refuseAmbiguousFraming(exchange);
  const target = parse(request.url ?? '');
  if ('fault' in target) throw malformed(target.fault);
  exchange.target = target;
}

/** What Node's parser lets pass and a server behind might read otherwise (RFC 9112 §6.1, §11.2). */
function refuseAmbiguousFraming({ request, headers, upgrade }: Exchange): void {
  // Node's parser also takes 0.9 and 2.0 in this form, whose framing rules are others.
  if (request.httpVersion !== '1.1' && request.httpVersion !== '1.0')
    throw malformed('The HTTP versions understood here are 1.0 and 1.1.');
  if (request.rawHeaders.length > HEADER_LINES_MAX * 2) {
    throw new AppError('request.headers_too_large', {
      detail: `A request may have ${HEADER_LINES_MAX} header lines.`,
      headers: CLOSE,
    });
  }
  if (headers.repeated === 'authorization')
    throw new AppError('auth.ambiguous', { detail: 'The Authorization header was sent twice.' });
  if (headers.repeated !== undefined) throw malformed(`The ${headers.repeated} header was sent twice.`);
  const encoding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (encoding !== undefined) {
    if (encoding.toLowerCase() !== 'chunked') throw malformed('The only transfer encoding understood here is chunked.');
    if (length !== undefined) throw malformed('A request has a Content-Length or a Transfer-Encoding, not both.');
    if (request.httpVersion !== '1.1') throw malformed('Transfer-Encoding needs HTTP/1.1.');
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw malformed('The Content-Length is not a number.');
  // The bytes after an upgrade are the new protocol's, so a body before them would be read by one server and skipped by another.
  if (upgrade !== undefined && (encoding !== undefined || Number(length ?? 0) > 0))
    throw malformed('A request to upgrade has no body.');
  const expect = headers.get('expect');
  if (expect !== undefined && expect.toLowerCase() !== '100-continue')
    throw malformed('The only expectation understood here is 100-continue.');
  const host = headers.get('host');
  if (host === undefined ? request.httpVersion === '1.1' : !HOST.test(host))
    throw malformed('The Host header is missing or malformed.');
}

const CLOSE = { Connection: 'close' } as const;

function malformed(detail: string): AppError {
  return new AppError('request.malformed', { detail, headers: CLOSE });
}
