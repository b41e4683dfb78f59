import { ORGANISATIONS_MAX } from '../../../shared/session-view.ts';
import { useOperation } from '../../api/queries.ts';
import { useSignedIn } from '../../api/session.ts';

/** The organisations that one belongs to, last joined first; asked once for all that need them, and known from the first screen on. */
export function useOrganisations() {
  const { organisations } = useSignedIn();
  return useOperation(
    'platform.listTenants',
    { query: { limit: ORGANISATIONS_MAX } },
    { personal: true, first: organisations ?? undefined },
  );
}
