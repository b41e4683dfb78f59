import { listKeys } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { spentOf } from '../spent.ts';
import { listOrganisationKeys } from '../stores/organisation-keys.ts';
import { keyCaller, organisationKeyView } from './organisation-key-view.ts';

export const listKeysRoute = ({ bestEffort, database, logger }: Context) =>
  route(listKeys, async ({ identity, query: { limit, offset } }) => {
    const { place } = keyCaller(identity);
    const { items, total } = await listOrganisationKeys(database, place, limit, offset);
    const spent = await spentOf(items, bestEffort.llm, logger);
    const shown = items.map((key) => organisationKeyView(key, place, spent));
    return { status: 200, body: { items: shown, total, limit, offset } };
  });
