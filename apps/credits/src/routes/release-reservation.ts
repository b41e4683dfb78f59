import { releaseReservation } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ceilCredits, floorCredits } from '../domain/amounts.ts';
import { reservationIdOf } from '../domain/request-digest.ts';
import { actingFor } from './acting-for.ts';
import { atMostOnce, replayedHeader } from './at-most-once.ts';
import { reservationNotFound } from './refusals.ts';

export const releaseReservationRoute = ({ ledger, accounts }: Context) =>
  route(releaseReservation, async (call) => {
    const { params, headers: named, body, caller } = call;
    const owner = actingFor(named, body);
    const release = {
      id: reservationIdOf(params.id),
      action: 'release' as const,
      owner,
      actor: `service:${caller.name}`,
    };
    const { result, headers } = await atMostOnce({
      ledger,
      command: 'resolve',
      args: release,
      caller: release.actor,
      endpoint: releaseReservation.id,
      call,
    });
    switch (result.outcome) {
      case 'released': {
        // A tombstone belongs to nobody yet; where the caller names whom it acts for, the balance is theirs.
        const available =
          result.tombstone && owner !== undefined ? (await accounts.balance(owner))?.available : undefined;
        return {
          status: 200,
          body: {
            released: ceilCredits(result.released),
            balance_after: floorCredits(available ?? result.available),
          },
          headers: { ...replayedHeader(result.replayed), ...headers },
        };
      }
      case 'settled':
      case 'already_settled':
        throw new AppError('credits.reservation_resolved', { detail: 'This reservation was already settled.' });
      case 'already_released':
      case 'not_found':
        throw reservationNotFound();
    }
  });
