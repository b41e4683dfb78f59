import { AppError, type GatewayIdentity } from '@turnpike/service-kit';

/** The organisation that a `tenant` endpoint is called for. */
export function organisationOf({ organisation }: GatewayIdentity): string {
  if (organisation === undefined) throw new AppError('tenant.not_selected');
  return organisation.id;
}
