import type { GatewayIdentity } from '@turnpike/service-kit';

/** Whose an object is: an organisation's in one environment, or a person's. */
export type KeptOwner =
  | { readonly organisationId: string; readonly environment: string }
  | { readonly organisationId: null; readonly userId: string };

/** Whose the objects are that a caller makes, and the only ones that it may use. */
export function ownerOf({ organisation, userId }: GatewayIdentity): KeptOwner {
  return organisation === undefined
    ? { organisationId: null, userId }
    : { organisationId: organisation.id, environment: organisation.env };
}
