import { AppError } from '@turnpike/service-kit';
import type { Edge } from '../edge.ts';
import { tooManyAtOnce } from '../limits/exceeded.ts';
import { callerName } from '../limits/plans.ts';
import type { CallerShare } from '../upstream/caller-shares.ts';
import type { Target, Upstream } from '../upstream/upstream.ts';
import { LineRefusal } from '../waiting-line.ts';
import type { Exchange } from './exchange.ts';
import { turnOf } from './turn-of.ts';

type WaitTools = Pick<Edge, 'metrics' | 'monotonicMs' | 'plans'>;

/**
 * Counts the exchange in its caller's share of the upstream, until it has ended. One past the share waits until another
 * of the same caller's ends; throws 429 when that takes too long.
 */
export function takeShare(exchange: Exchange, upstream: Upstream, edge: WaitTools): void | Promise<void> {
  const { caller, origin, route } = exchange;
  const name = callerName(caller, origin.address);
  // Streams that take up the whole share are what somebody may want to end.
  const share = upstream.shares.of(route?.endsAccess === true ? `ending:${name}` : name);
  const max = upstream.shareMax(edge.plans.concurrentOf(caller));
  if (!share.enter(max)) return waitForShare(exchange, upstream, share, max, edge);
  exchange.share = share;
  return undefined;
}

async function waitForShare(
  exchange: Exchange,
  upstream: Upstream,
  share: CallerShare,
  max: number,
  edge: WaitTools,
): Promise<void> {
  try {
    await turnOf(
      exchange,
      () => share.join(),
      () => share.leave(),
    );
  } catch (error) {
    if (!(error instanceof LineRefusal)) throw error;
    edge.metrics.limited.inc();
    edge.metrics.upstreamFailures.inc({ upstream: upstream.definition.name, kind: 'caller_share' });
    throw tooManyAtOnce(max, error);
  }
  exchange.share = share;
}

/** A connection, once one is free. Throws 503 when that takes too long. */
export async function waitForConnection(exchange: Exchange, upstream: Upstream, edge: WaitTools): Promise<Target> {
  try {
    return await turnOf(
      exchange,
      () => upstream.join(),
      (target) => upstream.release(target, edge.monotonicMs()),
    );
  } catch (error) {
    if (!(error instanceof LineRefusal)) throw error;
    edge.metrics.upstreamFailures.inc({ upstream: upstream.definition.name, kind: `queue_${error.kind}` });
    exchange.failure = 'busy';
    throw new AppError('upstream.unavailable', {
      detail: 'The service behind this route has too much to do at the moment.',
      headers: { 'Retry-After': '1' },
      cause: error,
    });
  }
}
