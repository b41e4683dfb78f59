import { listKeys } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { listOrganisationKeys } from '../stores/organisation-keys.ts';
import { keyCaller, organisationKeyView } from './organisation-key-view.ts';

export const listKeysRoute = ({ database }: Context) =>
  route(listKeys, async ({ identity, query: { limit, offset } }) => {
    const { place } = keyCaller(identity);
    const { items, total } = await listOrganisationKeys(database, place, limit, offset);
    return { status: 200, body: { items: items.map((key) => organisationKeyView(key, place)), total, limit, offset } };
  });
