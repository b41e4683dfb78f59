import type { LinkedIdentity } from '../stores/identities.ts';

/** A user's ways to sign in, as they see them. */
export function identitiesView(identities: readonly LinkedIdentity[]) {
  return { identities: identities.map(({ provider, linkedAt }) => ({ provider, linked_at: linkedAt.toISOString() })) };
}
