import { useScope } from '../../api/scope.ts';
import { useSignedIn } from '../../api/session.ts';
import { useOrganisations } from '../organisations/use-organisations.ts';
import type { Role } from './roles.ts';

/** Whether a role is one that manages an organisation. */
export function manages(role: string | null | undefined): boolean {
  return role === 'owner' || role === 'admin';
}

/** The role where the screen works, which the switch of the navigation asks for anyway; one owns one's own account. `undefined` until it is known. */
export function useRole(): Role | undefined {
  const scope = useScope();
  const { data } = useOrganisations();
  if (scope === undefined) return 'owner';
  return data?.items.find(({ slug }) => slug === scope.organisation)?.role;
}

/** Whether whoever is signed in manages what the screen works in; nobody does with the demo account. The gateway judges it again at every call. */
export function useManages(): boolean {
  const role = useRole();
  const { shared } = useSignedIn();
  return manages(role) && !shared;
}
