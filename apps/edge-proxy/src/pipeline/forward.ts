import type { Dispatcher } from 'undici';
import { AppError } from '@turnpike/service-kit';
import type { Edge } from '../edge.ts';
import { answerTo, mayRetry, saysNothing, type Failure } from '../upstream/failure.ts';
import { RequestBody } from '../upstream/request-body.ts';
import type { Target, Upstream } from '../upstream/upstream.ts';
import { sendReply } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { tooLarge } from './read-body.ts';
import { Relay, type AttemptOutcome, type RelayTools } from './relay.ts';
import { startAttemptSpan } from './trace.ts';
import { UpgradeRelay } from './upgrade-relay.ts';
import { takeShare, waitForConnection } from './wait-for-connection.ts';

type ForwardTools = RelayTools & Pick<Edge, 'plans' | 'routing'>;

/** Sends the request on and streams the answer back; or writes the answer an earlier stage or the edge itself has. */
export async function forward(exchange: Exchange, edge: ForwardTools): Promise<void> {
  const { route, reply } = exchange;
  const local = route === undefined ? undefined : edge.routing.current.local.get(route.id);
  if (reply !== undefined || local !== undefined) {
    const own = reply ?? (await local?.(exchange));
    if (own !== undefined) sendReply(exchange, own);
    return;
  }
  const { upstream, route: matched } = exchange.destination;
  refuseLargeBody(exchange, matched.bodyBytesMax);
  const turn = takeShare(exchange, upstream, edge);
  if (turn !== undefined) await turn;
  const tried: Target[] = [];
  let failure: Failure | undefined;
  for (let attempt = 0; attempt <= upstream.definition.retriesMax; attempt += 1) {
    let nowMs = edge.monotonicMs();
    const taken = upstream.take(tried, nowMs);
    // Only a first attempt waits; after a failure an address that was tried already is better than none.
    let target = failure === undefined || typeof taken === 'object' ? taken : upstream.take([], nowMs);
    if (target === 'busy' && failure === undefined) {
      target = await waitForConnection(exchange, upstream, edge);
      nowMs = edge.monotonicMs();
    }
    if (target === undefined || target === 'busy') break;
    tried.push(target);
    exchange.attempts += 1;
    exchange.attemptMs = nowMs;
    const body = bodyOf(exchange, edge, matched.bodyBytesMax);
    const outcome = await attemptOn(target, exchange, edge, body, nowMs);
    if (outcome === 'answered') return;
    failure = outcome;
    exchange.failure = outcome.kind;
    edge.metrics.upstreamFailures.inc({ upstream: upstream.definition.name, kind: outcome.kind });
    const bodyUsed = body instanceof RequestBody && body.started;
    if (!mayRetry(outcome, { method: exchange.request.method ?? '', bodyUsed, metered: exchange.hold !== undefined }))
      break;
  }
  if (failure === undefined) exchange.failure = 'breaker';
  throw failure === undefined
    ? refusedBy(upstream, edge)
    : answerTo(failure, upstream.definition.firstParty, matched.provider !== undefined);
}

function refuseLargeBody({ headers }: Exchange, bytesMax: number): void {
  const length = headers.get('content-length');
  if (length !== undefined && Number(length) > bytesMax) throw tooLarge(bytesMax);
}

/** The body to send: what a stage has read, the client's stream, or none. */
function bodyOf(exchange: Exchange, edge: ForwardTools, bytesMax: number): Buffer | RequestBody | null {
  if (exchange.body !== undefined) {
    exchange.requestBytes = exchange.body.length;
    return exchange.body;
  }
  const { headers, request } = exchange;
  const length = headers.get('content-length');
  if (headers.get('transfer-encoding') === undefined && (length === undefined || length === '0')) return null;
  return new RequestBody(request, {
    bytesMax,
    idleTimeoutMs: edge.config.BODY_IDLE_TIMEOUT_MS,
    bytesPerSecondMin: edge.config.BODY_BYTES_PER_SECOND_MIN,
    onStart: () => exchange.invite(),
    onBytes: (bytes) => (exchange.requestBytes += bytes),
  });
}

/** One attempt on a connection that was taken; it is given back when the attempt has failed, or by the relay when its answer has ended. */
async function attemptOn(
  target: Target,
  exchange: Exchange,
  edge: ForwardTools,
  body: Buffer | RequestBody | null,
  beganMs: number,
): Promise<AttemptOutcome> {
  const { upstream, route } = exchange.destination;
  const { request, target: path, forwardHeaders } = exchange;
  const headersTimeoutMs = route.headersTimeoutMs ?? upstream.definition.headersTimeoutMs;
  const pathAndQuery = path.path + path.query;
  exchange.attemptSpan = startAttemptSpan(exchange, target.origin);
  const outcome = await new Promise<AttemptOutcome>((conclude) => {
    if (exchange.upgrade !== undefined) {
      const { connectTimeoutMs } = upstream.definition;
      const { origin } = target;
      const attempt = { origin, path: pathAndQuery, headers: forwardHeaders, connectTimeoutMs, headersTimeoutMs };
      new UpgradeRelay(exchange, edge, target, exchange.upgrade, conclude).begin(attempt);
      return;
    }
    const options: Dispatcher.DispatchOptions = {
      path: pathAndQuery,
      method: request.method ?? 'GET',
      headers: forwardHeaders,
      body,
      headersTimeout: headersTimeoutMs,
    };
    target.pool.dispatch(options, new Relay(exchange, edge, target, conclude));
  });
  const nowMs = edge.monotonicMs();
  if (outcome === 'answered') {
    target.breaker.success();
    target.answerTimes.note(nowMs, nowMs - beganMs);
    return outcome;
  }
  exchange.endAttempt(nowMs, outcome.kind);
  if (saysNothing(outcome)) target.breaker.unknown();
  else target.breaker.failure(nowMs);
  upstream.release(target, nowMs);
  return outcome;
}

function refusedBy(upstream: Upstream, edge: ForwardTools): AppError {
  edge.metrics.upstreamFailures.inc({ upstream: upstream.definition.name, kind: 'breaker' });
  const seconds = Math.max(1, Math.ceil(upstream.definition.breaker.openMs / 1_000));
  return new AppError('upstream.unavailable', {
    detail: 'The service behind this route is not available at the moment.',
    headers: { 'Retry-After': String(seconds) },
  });
}
