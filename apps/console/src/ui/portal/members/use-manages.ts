import { useOperation } from '../../api/queries.ts';

/** Whether a role is one that manages an organisation. */
export function manages(role: string | null): boolean {
  return role === 'owner' || role === 'admin';
}

/** Whether whoever is signed in is an admin or owner of the organisation that the screen works in. The gateway judges it again at every call. */
export function useManages(): boolean {
  const { data } = useOperation('platform.serviceInfo', {});
  return data !== undefined && manages(data.role);
}
