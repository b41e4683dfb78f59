import { getKey } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { keyNotFound } from '../../account/routes/account-replies.ts';
import type { Context } from '../../context.ts';
import { spentOf } from '../spent.ts';
import { findOrganisationKey } from '../stores/organisation-keys.ts';
import { keyCaller, organisationKeyView } from './organisation-key-view.ts';

export const getKeyRoute = ({ bestEffort, database, logger }: Context) =>
  route(getKey, async ({ identity, params }) => {
    const { place } = keyCaller(identity);
    const key = await findOrganisationKey(database, place, params.id);
    if (key === undefined) throw keyNotFound();
    return { status: 200, body: organisationKeyView(key, place, await spentOf([key], bestEffort.llm, logger)) };
  });
