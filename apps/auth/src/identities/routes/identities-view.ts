import { signInProvider } from '@turnpike/contracts';
import type { LinkedIdentity } from '../stores/identities.ts';
import { WAYS_TO_SIGN_IN } from '../stores/identity-links.ts';

/** A user's ways to sign in, as they see them, and which they may remove: the rule of `identity_unlink`. */
export function identitiesView(identities: readonly LinkedIdentity[]) {
  const canEnterWithout = (removed: string): boolean =>
    identities.some(({ provider }) => provider !== removed && WAYS_TO_SIGN_IN.includes(provider));
  return {
    identities: identities.map(({ provider, linkedAt }) => ({
      provider,
      linked_at: linkedAt.toISOString(),
      removable: signInProvider.safeParse(provider).success && canEnterWithout(provider),
    })),
  };
}
