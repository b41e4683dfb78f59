import { useOperation } from '../../api/queries.ts';

/** The organisations that one belongs to, last joined first; asked once for all that need them. */
export function useOrganisations() {
  return useOperation('platform.listTenants', { query: { limit: 100 } }, { personal: true });
}
