import type { Edge } from '../edge.ts';
import { exceeded } from '../limits/exceeded.ts';
import type { Exchange } from './exchange.ts';

/** Counts the request against every limit it falls under, in one decision. Throws 429, and then it was counted nowhere. */
export async function limit(exchange: Exchange, edge: Edge): Promise<void> {
  const { caller, route, origin } = exchange;
  const plan = edge.plans.planFor(caller, route, origin.address);
  // Probes by load balancers come for ever and from one address; they see the limits and use none of them.
  if (route !== undefined && edge.routing.current.uncounted.has(route.id)) {
    exchange.decision = await edge.limiter.look(plan);
    return;
  }
  const decision = await edge.limiter.consume(plan);
  exchange.decision = decision;
  if (decision.admitted) return;
  edge.metrics.limited.inc();
  throw exceeded(decision);
}
