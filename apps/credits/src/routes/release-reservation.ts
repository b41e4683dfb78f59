import { HEADER, releaseReservation } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ceilCredits, floorCredits } from '../domain/amounts.ts';
import { reservationIdOf } from '../domain/request-digest.ts';
import { atMostOnce, replayedHeader } from './at-most-once.ts';
import { reservationNotFound } from './refusals.ts';

export const releaseReservationRoute = ({ ledger, accounts }: Context) =>
  route(releaseReservation, async (call) => {
    const { params, headers: named, body, caller } = call;
    const owner = named[HEADER.userId] ?? body.user_id;
    const release = {
      id: reservationIdOf(params.id),
      action: 'release' as const,
      owner_id: owner,
      actor: `service:${caller.name}`,
    };
    const { result, headers } = await atMostOnce(
      ledger,
      release.actor,
      releaseReservation.id,
      call,
      'resolve',
      release,
      () => ledger.resolve(release),
    );
    switch (result.outcome) {
      case 'released': {
        // A tombstone belongs to nobody yet; where the caller names the user it acts for, the balance is that user's.
        const available =
          result.tombstone && owner !== undefined ? (await accounts.balance(owner))?.available : undefined;
        return {
          status: 200,
          body: {
            released: ceilCredits(BigInt(result.released)),
            balance_after: floorCredits(available ?? BigInt(result.available)),
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
