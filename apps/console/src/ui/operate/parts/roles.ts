import { useSignedIn } from '../../api/session.ts';

/** Roles of operators, lowest first. */
const ROLES = ['viewer', 'support', 'admin'] as const;
export type OperatorRole = (typeof ROLES)[number];

/** Whether whoever is signed in has this role, or one above it. The gateway judges it again at every call. */
export function useMay(least: OperatorRole): boolean {
  const { operator_role: own } = useSignedIn().me;
  return own !== null && ROLES.indexOf(own) >= ROLES.indexOf(least);
}
