import { listProjects } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { enveloped, paged } from '../../account/routes/account-replies.ts';
import type { Context } from '../../context.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { projectOwnerOf } from '../owner.ts';
import { listProjects as readProjects } from '../stores/projects.ts';
import { projectView } from './project-view.ts';

export const listProjectsRoute = ({ database }: Context) =>
  route(listProjects, async ({ identity, query }) => {
    requireSession(identity);
    const { items, total } = await readProjects(
      database,
      projectOwnerOf(identity),
      query.limit,
      (query.page - 1) * query.limit,
    );
    return { status: 200, body: enveloped(paged(items.map(projectView), total, query)) };
  });
