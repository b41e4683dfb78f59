import { settleReservation } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { amountIn, ceilCredits, floorCredits } from '../domain/amounts.ts';
import { reservationIdOf } from '../domain/request-digest.ts';
import { actingFor } from './acting-for.ts';
import { atMostOnce, replayedHeader } from './at-most-once.ts';
import { reservationNotFound } from './refusals.ts';

export const settleReservationRoute = ({ ledger }: Context) =>
  route(settleReservation, async (call) => {
    const { params, headers: named, body, caller } = call;
    const settlement = {
      id: reservationIdOf(params.id),
      action: 'settle' as const,
      owner: actingFor(named, body),
      amount: amountIn(body),
      actor: `service:${caller.name}`,
    };
    const { result, headers } = await atMostOnce({
      ledger,
      command: 'resolve',
      args: settlement,
      caller: settlement.actor,
      endpoint: settleReservation.id,
      call,
    });
    switch (result.outcome) {
      case 'settled':
        return {
          status: 200,
          body: {
            transaction_id: result.transactionId,
            charged: ceilCredits(result.charged),
            charged_micro: result.charged.toString(),
            balance_after: floorCredits(result.available),
            balance_after_micro: result.available.toString(),
          },
          headers: { ...replayedHeader(result.replayed), ...headers },
        };
      case 'released':
      case 'already_released':
        throw new AppError('credits.reservation_resolved', { detail: 'This reservation was already released.' });
      case 'already_settled':
      case 'not_found':
        throw reservationNotFound();
    }
  });
