import { createHash } from 'node:crypto';
import type { CreditOwner } from '@turnpike/contracts';
import { openHold, type Fate, type Hold } from '@turnpike/ledger-client';
import { AppError, unavailable, uuidv7 } from '@turnpike/service-kit';
import type { Charging } from '../charging/create-charging.ts';
import { defaultOperation, operationOf } from '../domain/operation.ts';
import { keyScopeOf, organisationOf, payerOf, userOf } from '../domain/principal.ts';
import type { ChargeRule, Route } from '../domain/route.ts';
import { UnreadableBody } from '../domain/top-level-members.ts';
import type { Edge } from '../edge.ts';
import type { Exchange } from './exchange.ts';
import { readMembers } from './read-members.ts';
import { stillRunning } from './replay.ts';

type ReserveTools = Charging & Pick<Edge, 'config' | 'logger'>;

/** Holds that one `Idempotency-Key` may have had that were given back, before it is refused itself. */
const HOLDS_PER_KEY_MAX = 8;

/** Holds what a metered request will cost. Throws 402 with the price and the balance, and 503 when the ledger is down: nothing unpaid is forwarded. */
export function reserve(exchange: Exchange, edge: ReserveTools): void | Promise<void> {
  const { route, charge, reply } = exchange;
  return route === undefined || charge === undefined || reply !== undefined
    ? undefined
    : open(exchange, edge, route, charge);
}

async function open(exchange: Exchange, edge: ReserveTools, route: Route, charge: ChargeRule): Promise<void> {
  const { caller } = exchange;
  const userId = userOf(caller);
  const payer = payerOf(caller);
  const keyScope = keyScopeOf(caller);
  if (userId === undefined || payer === undefined || keyScope === undefined)
    throw new Error(`metered route ${route.id} let an unnamed caller pass`);
  const operation = await priced(exchange, charge, edge);
  exchange.operation = operation;
  exchange.hold = await hold(exchange, edge, {
    userId,
    organisationId: organisationOf(caller)?.id,
    payer,
    keyScope,
    operation,
  }).catch((error: unknown) => {
    const unknown = error instanceof AppError && error.code === 'credits.operation_unknown';
    throw unknown ? withoutPrice(exchange, edge, charge, operation) : error;
  });
}

/**
 * The operation to charge. A body that the rule reads is read whole, so that the same bytes decide the price and the
 * work.
 */
async function priced(exchange: Exchange, rule: ChargeRule, edge: ReserveTools): Promise<string> {
  if (rule.parameters.length === 0) return rule.operation;
  const members = await readMembers(exchange, edge);
  try {
    return operationOf(rule, members);
  } catch (error) {
    if (!(error instanceof UnreadableBody) || error.member === undefined) throw error;
    throw invalidMember('request.invalid', error.member, error.message);
  }
}

/** The client's mistake where its body named the operation; otherwise the route charges for what nobody has priced, which is ours. */
function withoutPrice(
  { route, requestId }: Exchange,
  edge: ReserveTools,
  charge: ChargeRule,
  operation: string,
): AppError {
  const [parameter] = charge.parameters;
  if (parameter !== undefined && operation !== defaultOperation(charge))
    return invalidMember('credits.operation_unknown', parameter.member, `There is no operation ${operation}`);
  edge.logger.error({ route: route?.id, operation, requestId }, 'a route charges for an operation that has no price');
  return unavailable('This operation');
}

function invalidMember(
  code: 'request.invalid' | 'credits.operation_unknown',
  member: string,
  message: string,
): AppError {
  return new AppError(code, { detail: `body.${member}: ${message}.`, errors: [{ path: `body.${member}`, message }] });
}

/** Who buys what. */
interface Purchase {
  readonly userId: string;
  readonly organisationId: string | undefined;
  readonly payer: CreditOwner;
  /** In whose name the client's key counts. */
  readonly keyScope: string;
  readonly operation: string;
}

/**
 * Reserves under the client's `Idempotency-Key`, so that a repeated request finds what became of the first and is charged once. A key whose hold
 * was given back may try again, with a hold of its own.
 */
async function hold(
  { headers, requestId, traceparent, fingerprint, attempt }: Exchange,
  edge: ReserveTools,
  { userId, organisationId, payer, keyScope, operation }: Purchase,
): Promise<Hold> {
  const purpose = { userId, organisationId, operation, cause: { requestId, traceparent } };
  const request = { payer, what: { operation } };
  const clientKey = headers.get('idempotency-key');
  // A UUID names the hold as it is, so holds sort by time.
  if (clientKey === undefined || attempt === undefined)
    return openHold({ ...request, key: uuidv7() }, purpose, edge.holds);
  const digest = createHash('sha256').update(`${keyScope}\n${clientKey}\n${fingerprint}`).digest('base64url');
  for (let number = 1; ; number += 1) {
    const key = `edge:${digest}:${number}`;
    try {
      return await openHold({ ...request, key, attempt: attempt.id }, purpose, edge.holds);
    } catch (error) {
      if (!isTaken(error)) throw error;
      refuseUnlessUncharged(await edge.ledger.fateOf(key, purpose.cause));
      if (number >= HOLDS_PER_KEY_MAX) throw worthless(error);
    }
  }
}

/** Whether the ledger has a hold of that name already: another attempt's, or one that was given back. */
function isTaken(error: unknown): boolean {
  return (
    error instanceof AppError && (error.code === 'idempotency.conflict' || error.code === 'credits.reservation_gone')
  );
}

function worthless(cause: unknown): AppError {
  return new AppError('credits.reservation_gone', {
    detail: `${HOLDS_PER_KEY_MAX} requests with this Idempotency-Key came to nothing. Try with another one.`,
    cause,
  });
}

/**
 * A hold is of the attempt that made it. While it is open somebody works for it, whatever Redis remembers (ADR 23); one that was charged and whose
 * answer is not stored is 409 for good: the work is neither charged nor done twice.
 */
function refuseUnlessUncharged(fate: Fate): void {
  if (fate === 'open') throw stillRunning();
  if (fate === 'charged')
    throw new AppError('idempotency.conflict', {
      detail: 'The first request with this Idempotency-Key was carried out and charged; its answer was not kept.',
    });
}
