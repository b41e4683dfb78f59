import { HEADER, ownerNamedIn, type NamedOwner } from '@turnpike/contracts';
import { userOwner, type Owner } from '../domain/owner.ts';

/** Who a service acts for: the user of `X-User-ID`, which the body cannot talk over, or the owner that the body names; `undefined`: nobody in particular. */
export function actingFor(
  headers: Readonly<Partial<Record<typeof HEADER.userId, string | undefined>>>,
  body: NamedOwner,
): Owner | undefined {
  const userId = headers[HEADER.userId];
  return userId === undefined ? ownerNamedIn(body) : userOwner(userId);
}
