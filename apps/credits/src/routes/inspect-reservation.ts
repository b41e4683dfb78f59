import { z } from 'zod';
import { inspectReservation } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { reservationIdOf } from '../domain/request-digest.ts';

const reservationState = z.enum(['open', 'settled', 'released', 'expired']);

export const inspectReservationRoute = ({ inspection }: Context) =>
  route(inspectReservation, async ({ params }) => {
    const found = await inspection.hold(reservationIdOf(params.id));
    if (found === undefined) throw new AppError('resource.not_found', { detail: 'There is no such reservation.' });
    const { hold, account, drawn } = found;
    return {
      status: 200,
      body: {
        reservation_id: hold.id,
        state: reservationState.parse(hold.state),
        amount_micro: hold.amount.toString(),
        operation: hold.operation,
        price_version: hold.priceVersion,
        drawn_on: drawn.map(({ grant_id, source, amount }) => ({ grant_id, source, amount_micro: amount.toString() })),
        created_at: hold.createdAt.toISOString(),
        expires_at: hold.expiresAt.toISOString(),
        ended_at: hold.endedAt?.toISOString() ?? null,
        ended_by: hold.endedBy,
        charged_micro: hold.settledAmount?.toString() ?? null,
        account: account && {
          balance_micro: account.balance.toString(),
          held_micro: account.held.toString(),
          debt_micro: account.debt.toString(),
          status: account.status,
        },
      },
    };
  });
