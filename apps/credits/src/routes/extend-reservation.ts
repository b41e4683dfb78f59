import { extendReservation } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { reservationIdOf } from '../domain/request-digest.ts';
import { actingFor } from './acting-for.ts';
import { reservationNotFound } from './refusals.ts';

/** Longest life of a hold, however often it is extended, in milliseconds. */
const LIFE_MS_MAX = 24 * 3_600_000;

export const extendReservationRoute = ({ ledger }: Context) =>
  route(extendReservation, async ({ params, headers, body }) => {
    const result = await ledger.extend({
      id: reservationIdOf(params.id),
      owner: actingFor(headers, body),
      ttlMs: body.ttl_seconds * 1_000,
      lifeMsMax: LIFE_MS_MAX,
    });
    switch (result.outcome) {
      case 'extended':
        return {
          status: 200,
          body: { reservation_id: result.id, expires_at: result.expiresAt.toISOString() },
        };
      case 'resolved':
        throw new AppError('credits.reservation_resolved', { detail: 'This reservation was already resolved.' });
      case 'not_found':
        throw reservationNotFound();
    }
  });
