import { ANONYMOUS } from '../domain/principal.ts';
import type { Decision } from '../domain/windows.ts';
import type { Edge } from '../edge.ts';
import type { AddressAttempts } from '../limits/attempts.ts';
import type { Limits } from '../limits/create-limits.ts';
import { exceeded } from '../limits/exceeded.ts';
import { LineRefusal } from '../waiting-line.ts';
import type { Exchange } from './exchange.ts';
import { turnOf } from './turn-of.ts';

export type AttemptTools = Limits & Pick<Edge, 'metrics'>;

/**
 * Begins an attempt with a credential that nobody has vouched for; it is over when `leave` is called on what this
 * returns. Throws 429 for an address whose attempts keep failing, before another one is looked up.
 */
export async function beginAttempt(exchange: Exchange, edge: AttemptTools): Promise<AddressAttempts> {
  const plan = edge.plans.failurePlan(exchange.origin.address);
  for (;;) {
    const decision = await edge.limiter.peek(plan, exchange.traceparent);
    // Looked up after the wait: one that was found before it may have ended meanwhile, and another counts in its place.
    const attempts = edge.attempts.of(plan.id);
    const left = Math.min(...decision.states.map(({ remaining }) => remaining));
    if (left > 0 && attempts.enter(left)) return attempts;
    if (left === 0) {
      attempts.next();
      throw flooded(exchange, decision);
    }
    await turnOf(
      exchange,
      () => attempts.join(),
      () => attempts.next(),
    ).catch((error: unknown) => {
      throw error instanceof LineRefusal ? flooded(exchange, decision) : error;
    });
  }
}

/** Counts a failed attempt against the client's address. Throws 429 once there are too many of them. */
export async function countFailure(exchange: Exchange, edge: AttemptTools): Promise<void> {
  edge.metrics.authFailures.inc();
  const decision = await edge.limiter.consume(edge.plans.failurePlan(exchange.origin.address));
  if (!decision.admitted) throw flooded(exchange, decision);
}

/** Ends an attempt by what the upstream answered: every answer that is no success is paid by the address, but for our own outages. */
export async function endAttempt(exchange: Exchange, edge: AttemptTools, status: number): Promise<void> {
  const { unproven } = exchange;
  exchange.unproven = undefined;
  if (status >= 400 && status < 500) {
    edge.metrics.authFailures.inc();
    await edge.limiter.consume(edge.plans.failurePlan(exchange.origin.address));
  }
  unproven?.leave();
}

function flooded(exchange: Exchange, decision: Decision): Error {
  exchange.decision = decision;
  exchange.caller = ANONYMOUS;
  return exceeded(decision, 'Too many requests with invalid credentials from this address.');
}
