import { ANONYMOUS } from '../domain/principal.ts';
import type { Edge } from '../edge.ts';
import { exceeded } from '../limits/exceeded.ts';
import type { Exchange } from './exchange.ts';

/** An address that keeps presenting bad credentials is turned away before another one is looked up (RFC 9700 has no number; ours is the anonymous limit). */
export async function refuseFloods(exchange: Exchange, edge: Edge): Promise<void> {
  const decision = await edge.limiter.look(edge.plans.failurePlan(exchange.origin.address));
  if (decision.states.every((state) => state.remaining > 0)) return;
  exchange.decision = decision;
  exchange.caller = ANONYMOUS;
  throw exceeded(decision, 'Too many invalid credentials from this address.');
}

/** Counts one bad credential against the client's address. */
export async function countFailure(exchange: Exchange, edge: Edge): Promise<void> {
  edge.metrics.authFailures.inc();
  await edge.limiter.consume(edge.plans.failurePlan(exchange.origin.address));
}
