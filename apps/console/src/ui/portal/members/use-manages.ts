import { useOperation } from '../../api/queries.ts';

/** Whether whoever is signed in is an admin or owner of the organisation that the screen works in. The gateway judges it again at every call. */
export function useManages(): boolean {
  const { data } = useOperation('platform.serviceInfo', {});
  return data?.role === 'owner' || data?.role === 'admin';
}
