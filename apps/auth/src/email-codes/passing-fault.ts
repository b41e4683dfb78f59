import { AppError, isStoreOutage } from '@turnpike/service-kit';
import { HashingBusy } from '../passwords/domain/hash-slots.ts';

/** Whether what failed will work again by itself, so that the code that was used for it shall be good again. */
export function isPassingFault(error: unknown): boolean {
  return isStoreOutage(error) || error instanceof HashingBusy || (error instanceof AppError && error.status >= 500);
}
