import type { Environment } from '@turnpike/contracts';
import type { GatewayIdentity } from '@turnpike/service-kit';

/** Whose projects and keys: a person's own, or those of an organisation in one environment. */
export type ProjectOwner =
  | { readonly userId: string }
  | { readonly organisationId: string; readonly environment: Environment };

/** Whose projects and keys a caller works with: their organisation's where the token names one, otherwise their own. */
export function projectOwnerOf({ organisation, userId }: GatewayIdentity): ProjectOwner {
  return organisation === undefined ? { userId } : { organisationId: organisation.id, environment: organisation.env };
}

/** In whose name a client's `Idempotency-Key` counts. One person's key is another one in each organisation and environment. */
export function keyScopeOf({ organisation, userId }: GatewayIdentity): string {
  return organisation === undefined ? `user:${userId}` : `user:${userId}:${organisation.id}:${organisation.env}`;
}
