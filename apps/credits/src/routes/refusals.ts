import { AppError } from '@turnpike/service-kit';
import type { Owner } from '../domain/owner.ts';

/** 402, with what it costs and what there is, in whole credits; `exact` says the same in micro-credits. */
export function insufficientCredits(
  cost: number,
  balance: number,
  exact: { readonly cost_micro?: string; readonly balance_micro?: string } = {},
): AppError {
  const noun = cost === 1 ? 'credit' : 'credits';
  return new AppError('auth.insufficient_credits', {
    detail: `Insufficient credits. This operation costs ${cost} ${noun}.`,
    extra: { cost, balance, ...exact },
  });
}

/** 423: the account was closed. */
export function accountClosed(): AppError {
  return new AppError('credits.account_closed', { detail: 'This credit account is closed.' });
}

/** 410: the owner was erased. */
export function ownerErased({ type }: Owner): AppError {
  return new AppError('resource.gone', { detail: `This ${type} was deleted.` });
}

/** 404, the same for a reservation that never was and one of another owner. */
export function reservationNotFound(): AppError {
  return new AppError('resource.not_found', { detail: 'Reservation not found' });
}

/** 422 on one field of the body. */
export function invalidField(name: string, message: string): AppError {
  return new AppError('request.invalid', {
    detail: `body.${name}: ${message}`,
    errors: [{ path: `body.${name}`, message }],
  });
}
