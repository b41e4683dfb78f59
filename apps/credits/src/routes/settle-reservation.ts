import { HEADER, settleReservation } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ceilCredits, floorCredits, toMicro } from '../domain/amounts.ts';
import { reservationIdOf } from '../domain/request-digest.ts';
import { atMostOnce, replayedHeader } from './at-most-once.ts';
import { reservationNotFound } from './refusals.ts';

export const settleReservationRoute = ({ ledger }: Context) =>
  route(settleReservation, async (call) => {
    const { params, headers: named, body, caller } = call;
    const settlement = {
      id: reservationIdOf(params.id),
      action: 'settle' as const,
      owner_id: named[HEADER.userId] ?? body.user_id,
      amount: body.amount_micro ?? (body.amount === undefined ? undefined : toMicro(body.amount).toString()),
      actor: `service:${caller.name}`,
    };
    const { result, headers } = await atMostOnce(
      ledger,
      settlement.actor,
      settleReservation.id,
      call,
      'resolve',
      settlement,
      () => ledger.resolve(settlement),
    );
    switch (result.outcome) {
      case 'settled':
        return {
          status: 200,
          body: {
            transaction_id: result.transaction_id,
            charged: ceilCredits(BigInt(result.charged)),
            charged_micro: result.charged,
            balance_after: floorCredits(BigInt(result.available)),
            balance_after_micro: result.available,
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
