import { HEADER, listApiKeys } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { enveloped, paged, projectNotFound } from '../../account/routes/account-replies.ts';
import type { Context } from '../../context.ts';
import { projectOwnerOf } from '../../projects/owner.ts';
import { hasProject } from '../../projects/stores/projects.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { listApiKeys as readApiKeys } from '../stores/api-keys.ts';
import { apiKeyView } from './api-key-view.ts';

export const listApiKeysRoute = ({ database }: Context) =>
  route(listApiKeys, async ({ headers, identity, query }) => {
    requireSession(identity);
    const projectId = headers[HEADER.projectId];
    if (!(await hasProject(database, projectOwnerOf(identity), projectId))) throw projectNotFound();
    const { items, total } = await readApiKeys(database, projectId, query.limit, (query.page - 1) * query.limit);
    return {
      status: 200,
      body: enveloped(
        paged(
          items.map((key) => apiKeyView(key)),
          total,
          query,
        ),
      ),
    };
  });
