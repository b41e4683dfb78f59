import { adminListRequests } from '@turnpike/contracts';
import { periodOf, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { operatorViewOf } from '../records/domain/record-view.ts';
import { pageOf } from './list-page.ts';

export const adminListRequestsRoute = ({ store }: Context) =>
  route(adminListRequests, async ({ query }) => {
    const { status, key_id: keyId, route: name, request_id: requestId, user_id: userId } = query;
    const filter = {
      whose: { kind: 'everybody' } as const,
      ...periodOf(query),
      status,
      keyId,
      route: name,
      code: query.error_code,
      requestId,
      userId,
      organisationId: query.organisation_id,
    };
    return { status: 200, body: await pageOf(store, filter, query, operatorViewOf) };
  });
