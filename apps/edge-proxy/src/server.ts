import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError, within } from '@turnpike/service-kit';
import { answerBrokenRequest, type BrokenBytes, problemOf } from './broken-request.ts';
import { endAttempt } from './charging/idempotent-attempt.ts';
import { ClientConnection } from './client-connection.ts';
import type { Edge } from './edge.ts';
import { exceeded } from './limits/exceeded.ts';
import { sendError } from './pipeline/answer.ts';
import { Exchange, type UpgradeRequest } from './pipeline/exchange.ts';
import { familyOf } from './pipeline/limit.ts';
import { STAGES } from './pipeline/stages.ts';
import { runTraced } from './pipeline/trace.ts';

/** Largest request line and headers, in bytes. */
const HEADER_BYTES_MAX = 16_384;
/** Silence on a connection after which the system asks whether the peer is still there, in milliseconds. */
const KEEP_ALIVE_PROBE_MS = 60_000;
/** How often Node checks connections against their time limits, in milliseconds. */
const CHECK_INTERVAL_MS = 500;

/**
 * The HTTP server of an edge: raw node:http, since every request takes the same few steps and pays for each of them
 * (docs/adr/0015). Its parser is strict: what RFC 9112 calls an error is one.
 */
export function createEdgeServer(edge: Edge): Server {
  const { HEADERS_TIMEOUT_MS, REQUEST_TIMEOUT_MS, KEEP_ALIVE_TIMEOUT_MS } = edge.config;
  const server = createServer({
    insecureHTTPParser: false,
    // The first stage refuses a missing Host itself, with the headers that every answer has.
    requireHostHeader: false,
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    noDelay: true,
    // A peer that vanished without a word would otherwise hold its sockets, and its caller's share, forever.
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
    // Anything but WebSocket over HTTP/1.1 is answered as the plain request it also is (RFC 9110 §7.8). So is one that follows a request
    // whose answer is still due on the same connection: the new protocol would begin in the middle of that answer.
    shouldUpgradeCallback: ({ headers, method, httpVersion, socket }) =>
      headers.upgrade?.toLowerCase() === 'websocket' &&
      method === 'GET' &&
      httpVersion === '1.1' &&
      (connections.get(socket)?.idle ?? true),
  });
  // Node would drop header lines past its own limit without a word; the first stage counts them and refuses.
  server.maxHeadersCount = 0;
  const connections = new WeakMap<Duplex, ClientConnection>();
  const refuseBroken = (error: BrokenBytes, socket: Duplex): void => {
    const connection = connections.get(socket);
    const refuse = (): void => void answerBrokenRequest(edge, socket, error);
    if (connection === undefined || connection.idle) refuse();
    else if (error.code === 'ECONNRESET' || !connection.refusesAfterwards(refuse)) {
      const { code, detail } = problemOf(error.code);
      connection.latest?.breakOff(new AppError(code, { detail, headers: { Connection: 'close' } }));
    }
  };
  const handle = (request: IncomingMessage, response: ServerResponse, traits: RequestTraits = {}): void => {
    let connection = connections.get(request.socket);
    if (connection === undefined) {
      connection = new ClientConnection(request.socket);
      connections.set(request.socket, connection);
    }
    if (edge.draining) response.shouldKeepAlive = false;
    if (connection.starts(request)) begin(edge, connection, request, response, traits);
    else connection.wait(request, () => begin(edge, connection, request, response, traits));
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => handle(request, response));
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
    handle(request, response, { expectsContinue: true }),
  );
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => handle(request, response));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    surviveReset(socket);
    const response = new ServerResponse(request);
    response.assignSocket(request.socket);
    response.on('finish', () => socket.end());
    response.shouldKeepAlive = false;
    handle(request, response, { upgrade: { socket, head } });
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    surviveReset(socket);
    refuseBroken({ code: 'CONNECT' }, socket);
  });
  server.on('clientError', refuseBroken);
  return server;
}

/** Node takes its own listener off a connection that it hands over, and a reset that nobody listens for ends the process. The close that follows is what counts. */
function surviveReset(socket: Duplex): void {
  socket.on('error', () => {});
}

interface RequestTraits {
  readonly upgrade?: UpgradeRequest;
  readonly expectsContinue?: boolean;
}

function begin(
  edge: Edge,
  connection: ClientConnection,
  request: IncomingMessage,
  response: ServerResponse,
  traits: RequestTraits,
): void {
  const exchange = new Exchange(request, response, performance.now(), traits.upgrade, traits.expectsContinue);
  connection.latest = exchange;
  edge.live.add(exchange);
  const closed = traits.upgrade === undefined ? response : traits.upgrade.socket;
  closed.on('close', () => {
    const goesOn = exchange.inFlight?.clientGone() ?? false;
    if (!exchange.upgraded && !goesOn) edge.finished(exchange);
    connection.ended();
  });
  void run(edge, exchange);
}

/** Takes an exchange through the stages; whatever one throws becomes the answer. */
async function run(edge: Edge, exchange: Exchange): Promise<void> {
  try {
    let waited = true;
    for (const stage of STAGES) {
      // What is held is given back, and nothing is sent on, for a client that left meanwhile or whose bytes turned out to be nonsense.
      if (waited) exchange.throwIfOver();
      const pending = exchange.span === undefined ? stage(exchange, edge) : runTraced(stage, exchange, edge);
      waited = pending !== undefined;
      if (waited) await pending;
    }
  } catch (error) {
    await refuse(edge, exchange, error).catch((err: unknown) => {
      edge.logger.error({ err, requestId: exchange.requestId }, 'a refusal could not be answered');
      exchange.response.destroy();
    });
  }
}

/**
 * An error is an answer like any other: it counts against the caller's limits and carries them, and it returns a hold
 * first. What was no readable request, and who wants to end access of its own, is told so even past the limit.
 */
async function refuse(edge: Edge, exchange: Exchange, thrown: unknown): Promise<void> {
  const { hold, attempt } = exchange;
  if (hold !== undefined || attempt !== undefined)
    await within(endAttempt(hold?.release(), attempt), edge.config.SETTLE_WAIT_MS);
  if (exchange.abandoned) {
    exchange.response.destroy();
    return;
  }
  let error = thrown;
  if (exchange.decision === undefined && exchange.origin !== undefined) {
    const counted = exchange.route?.provider === undefined ? undefined : exchange.route;
    const plan = edge.plans.planFor(exchange.caller, counted, exchange.origin.address, familyOf(exchange));
    exchange.decision = await edge.limiter.consume(plan);
    const mendable = exchange.target !== undefined && exchange.route?.endsAccess !== true;
    const refused = mendable && !exchange.decision.admitted && thrown instanceof AppError && thrown.status < 500;
    if (refused) error = exceeded(exchange.decision);
  }
  sendError(exchange, error, edge);
}
