import { createHash } from 'node:crypto';
import type { CreditOwner } from '@turnpike/contracts';
import { Hold, isResolved, type Reserved } from '@turnpike/ledger-client';
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

/** Holds that one `Idempotency-Key` may have had that ended in a refusal, before it is refused itself. */
const ATTEMPTS_PER_KEY_MAX = 8;

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
  const reserved = await hold(exchange, edge, {
    userId,
    organisationId: organisationOf(caller)?.id,
    payer,
    keyScope,
    operation,
  }).catch((error: unknown) => {
    const unknown = error instanceof AppError && error.code === 'credits.operation_unknown';
    throw unknown ? withoutPrice(exchange, edge, charge, operation) : error;
  });
  const cause = { requestId: exchange.requestId, traceparent: exchange.traceparent };
  exchange.hold = new Hold(
    reserved,
    { userId, organisationId: organisationOf(caller)?.id, operation, cause },
    edge.holds,
  );
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
 * Reserves under the client's `Idempotency-Key`, so that a repeated request finds its own hold and is charged once. A key whose hold was
 * given back may try again, with a hold of its own.
 */
async function hold(
  exchange: Exchange,
  edge: ReserveTools,
  { userId, organisationId, payer, keyScope, operation }: Purchase,
): Promise<Reserved> {
  const { headers, requestId, traceparent, fingerprint } = exchange;
  const clientKey = headers.get('idempotency-key');
  const cause = { requestId, traceparent };
  const ttlSeconds = edge.config.HOLD_TTL_SECONDS;
  if (clientKey === undefined) {
    // A UUID names the hold as it is, so holds sort by time.
    const key = uuidv7();
    try {
      return await edge.ledger.reserve({ payer, what: { operation }, key, ttlSeconds }, cause);
    } catch (error) {
      // Whether the hold was made is unknown; giving it back by its key is right in both cases.
      if (error instanceof AppError && error.code === 'service.unavailable')
        void edge.settlements.resolve({
          id: key,
          userId,
          organisationId,
          operation,
          resolution: { action: 'release' },
          cause,
        });
      throw error;
    }
  }
  const digest = createHash('sha256').update(`${keyScope}\n${clientKey}\n${fingerprint}`).digest('base64url');
  for (let attempt = 1; ; attempt += 1) {
    try {
      const reserved = await edge.ledger.reserve(
        { payer, what: { operation }, key: `edge:${digest}:${attempt}`, ttlSeconds },
        cause,
      );
      if (!reserved.replayed || (await stillPays(reserved, exchange, edge))) return reserved;
    } catch (error) {
      const givenBack = error instanceof AppError && error.code === 'credits.reservation_gone';
      if (!givenBack || attempt >= ATTEMPTS_PER_KEY_MAX) throw error;
    }
  }
}

/**
 * Whether the hold of an earlier attempt can pay for this one: it is open, nobody works for it any more, and nobody has
 * decided its end (ADR 23). Throws 409 for one that was charged and whose answer is not stored: the work is neither
 * charged nor done twice.
 */
async function stillPays(
  { id }: Reserved,
  { attempt, requestId, traceparent }: Exchange,
  edge: ReserveTools,
): Promise<boolean> {
  const cause = { requestId, traceparent };
  try {
    await edge.ledger.extend(id, edge.config.HOLD_TTL_SECONDS, cause);
  } catch (error) {
    if (!isResolved(error)) throw error;
    if (await edge.ledger.endUncharged(id, cause)) return false;
    throw new AppError('idempotency.conflict', {
      detail: 'The first request with this Idempotency-Key was carried out and charged; its answer was not kept.',
    });
  }
  // Without the store only the open hold tells that somebody works for it.
  if (attempt?.claimed !== true) throw stillRunning();
  return true;
}
