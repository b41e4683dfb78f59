import { reserveCredits } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { amountIn, ceilCredits, floorCredits } from '../domain/amounts.ts';
import { ownerKey, ownerOf } from '../domain/owner.ts';
import { requestDigest, reservationIdOf } from '../domain/request-digest.ts';
import { atMostOnce, replayedHeader } from './at-most-once.ts';
import { accountClosed, insufficientCredits } from './refusals.ts';

export const reserveCreditsRoute = ({ config, ledger, accounts }: Context) =>
  route(reserveCredits, async (call) => {
    const { body, caller } = call;
    const owner = ownerOf(body);
    const hold = {
      id: reservationIdOf(body.idempotency_key),
      owner,
      amount: amountIn(body),
      operation: body.operation,
      transactionType: body.transaction_type,
      ttlMs: (body.ttl_seconds ?? config.RESERVATION_TTL_SECONDS) * 1_000,
      requestHash: requestDigest(
        ownerKey(owner),
        body.operation,
        body.amount,
        body.ttl_seconds,
        body.transaction_type,
        ...(body.amount_micro === undefined ? [] : [body.amount_micro]),
        ...(body.attempt === undefined ? [] : [{ attempt: body.attempt }]),
      ),
      actor: `service:${caller.name}`,
    };
    const perform = () =>
      atMostOnce({ ledger, command: 'reserve', args: hold, caller: hold.actor, endpoint: reserveCredits.id, call });
    let performed = await perform();
    // What costs nothing needs no credits, only an account for the hold to belong to.
    if (performed.result.outcome === 'insufficient' && performed.result.amount === 0n) {
      if (!(await accounts.open(owner))) throw accountClosed();
      performed = await perform();
    }
    const { result, headers } = performed;
    switch (result.outcome) {
      case 'reserved':
        return {
          status: 201,
          body: {
            reservation_id: result.id,
            amount: ceilCredits(result.amount),
            amount_micro: result.amount.toString(),
            ...(result.priceVersion === undefined ? {} : { price_version: result.priceVersion }),
            balance_after: floorCredits(result.available),
            balance_after_micro: result.available.toString(),
            expires_at: result.expiresAt.toISOString(),
          },
          headers: { ...replayedHeader(result.replayed), ...headers },
        };
      case 'insufficient':
        throw insufficientCredits(
          ceilCredits(result.amount),
          floorCredits(result.available),
          body.amount_micro === undefined
            ? {}
            : { cost_micro: result.amount.toString(), balance_micro: result.available.toString() },
        );
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
