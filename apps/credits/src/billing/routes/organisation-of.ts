import { roleAtLeast } from '@turnpike/contracts';
import { AppError, type GatewayIdentity } from '@turnpike/service-kit';
import { organisationOwner, type Owner } from '../../domain/owner.ts';

/** The organisation that a caller acts within. */
export function organisationOf({ organisation }: GatewayIdentity): Owner {
  if (organisation === undefined) throw new AppError('tenant.not_selected');
  return organisationOwner(organisation.id);
}

/** Whether a caller may pay for the organisation. */
export function mayPay({ organisation }: GatewayIdentity): boolean {
  return organisation?.role !== undefined && roleAtLeast(organisation.role, 'admin');
}
