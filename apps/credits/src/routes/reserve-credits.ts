import { reserveCredits } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ceilCredits, floorCredits, toMicro } from '../domain/amounts.ts';
import { requestDigest, reservationIdOf } from '../domain/request-digest.ts';
import { atMostOnce, replayedHeader } from './at-most-once.ts';
import { accountClosed, insufficientCredits } from './refusals.ts';

export const reserveCreditsRoute = ({ ledger, accounts, reservationTtlSeconds }: Context) =>
  route(reserveCredits, async (call) => {
    const { body, caller } = call;
    const hold = {
      id: reservationIdOf(body.idempotency_key),
      owner_id: body.user_id,
      amount: body.amount === undefined ? undefined : toMicro(body.amount).toString(),
      operation: body.operation,
      transaction_type: body.transaction_type,
      ttl_ms: (body.ttl_seconds ?? reservationTtlSeconds) * 1_000,
      request_hash: requestDigest(
        body.user_id,
        body.operation,
        body.amount,
        body.ttl_seconds,
        body.transaction_type,
      ).toString('hex'),
      actor: `service:${caller.name}`,
    };
    const perform = () =>
      atMostOnce(ledger, hold.actor, reserveCredits.id, call, 'reserve', hold, () => ledger.reserve(hold));
    let performed = await perform();
    // What costs nothing needs no credits, only an account for the hold to belong to.
    if (performed.result.outcome === 'insufficient' && performed.result.amount === '0') {
      if (!(await accounts.open(body.user_id))) throw accountClosed();
      performed = await perform();
    }
    const { result, headers } = performed;
    switch (result.outcome) {
      case 'reserved':
        return {
          status: 201,
          body: {
            reservation_id: result.id,
            amount: ceilCredits(BigInt(result.amount)),
            amount_micro: result.amount,
            balance_after: floorCredits(BigInt(result.available)),
            balance_after_micro: result.available,
            expires_at: new Date(result.expires_at).toISOString(),
          },
          headers: { ...replayedHeader(result.replayed), ...headers },
        };
      case 'insufficient':
        throw insufficientCredits(ceilCredits(BigInt(result.amount)), floorCredits(BigInt(result.available)));
      case 'closed':
        throw accountClosed();
      case 'conflict':
        throw new AppError('idempotency.conflict', {
          detail: 'This idempotency_key was used with a different request.',
        });
      case 'gone':
        throw new AppError('credits.reservation_gone', { detail: 'This reservation was released.' });
      case 'operation_unknown':
        throw new AppError('credits.operation_unknown', {
          detail: `Unknown operation: ${body.operation}.`,
          errors: [{ path: 'body.operation', message: 'Not in the price list' }],
        });
    }
  });
