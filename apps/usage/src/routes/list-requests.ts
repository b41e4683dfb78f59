import { listRequests } from '@turnpike/contracts';
import { periodOf, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { viewOf } from '../records/domain/record-view.ts';
import { pageOf } from './list-page.ts';
import { ownUse } from './whose.ts';

export const listRequestsRoute = ({ store }: Context) =>
  route(listRequests, async ({ query, identity }) => {
    const { status, key_id: keyId, route: name, request_id: requestId } = query;
    const filter = { whose: ownUse(identity), ...periodOf(query), status, keyId, route: name, requestId };
    return { status: 200, body: await pageOf(store, filter, query, viewOf) };
  });
