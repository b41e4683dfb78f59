import { SERVICE_ACTED_FOR_USER } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit';
import type { Edge } from '../edge.ts';
import type { Exchange } from './exchange.ts';

/**
 * Records an audit event when a service acts for a user. Throws 503 where it cannot be recorded: then nothing is done.
 */
export function recordAudit(
  { caller, origin, reply, request, requestId, route }: Exchange,
  edge: Pick<Edge, 'audit' | 'now'>,
): void {
  if (caller.kind !== 'service' || caller.actingFor === undefined || route === undefined || reply !== undefined) return;
  edge.audit.add({
    id: uuidv7(),
    at: new Date(edge.now()).toISOString(),
    action: SERVICE_ACTED_FOR_USER,
    actor: 'service',
    user_id: caller.actingFor,
    address: origin.address,
    request_id: requestId,
    detail: { caller: caller.name, method: request.method ?? '', path: route.pattern.source },
  });
}
