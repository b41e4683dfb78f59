import type { FamilyLimit } from '../domain/route.ts';
import type { LimitPlan } from '../domain/windows.ts';
import type { Edge } from '../edge.ts';
import { digestOf } from '../identity/credential-cache.ts';
import { exceeded } from '../limits/exceeded.ts';
import { CONSOLE_LIMIT } from '../routing/first-party.ts';
import type { Exchange } from './exchange.ts';
import { beginAttempt, type AttemptTools } from './failed-credentials.ts';
import { readMembers } from './read-members.ts';

type LimitTools = AttemptTools & Pick<Edge, 'config' | 'routing'>;

/**
 * Counts the request against every limit it falls under, in one decision; throws 429, and then it was counted nowhere.
 * Whoever ends access of its own passes all the same: a stolen key is ended now, not when the thief has paused.
 */
export async function limit(exchange: Exchange, edge: LimitTools): Promise<void> {
  const { caller, route, origin } = exchange;
  const own = route?.limit?.per === 'credential' ? await credentialPlan(exchange, edge) : undefined;
  const plan = own ?? edge.plans.planFor(caller, route, origin.address, familyOf(exchange));
  // Probes by load balancers come forever and from one address; they see the limits and use none of them.
  if (route !== undefined && edge.routing.current.uncounted.has(route.id)) {
    exchange.decision = await edge.limiter.peek(plan, exchange.traceparent);
    return;
  }
  const decision = await edge.limiter.consume(plan, exchange.traceparent);
  exchange.decision = decision;
  if (decision.admitted || route?.endsAccess === true) return;
  edge.metrics.limited.inc();
  throw exceeded(decision);
}

/** The family whose limits stand in place of the caller's, on calls that are refused as well: what an organisation may call is not used up by them. */
export function familyOf({ fromConsole, route }: Pick<Exchange, 'fromConsole' | 'route'>): FamilyLimit | undefined {
  return fromConsole ? CONSOLE_LIMIT : route?.familyLimit;
}

/**
 * The plan of a request that is known by a secret in its body; without one the address is what counts. Throws where the
 * service could read another secret than the edge does.
 */
async function credentialPlan(exchange: Exchange, edge: LimitTools): Promise<LimitPlan | undefined> {
  const { route } = exchange;
  if (route?.limit?.per !== 'credential') return undefined;
  const secret = (await readMembers(exchange, edge)).get(route.limit.member);
  if (typeof secret !== 'string' || secret === '') return undefined;
  exchange.unproven = await beginAttempt(exchange, edge);
  return edge.plans.credentialPlan(digestOf(secret), route, route.limit.windows);
}
