import { listProjects } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { listProjects as readProjects } from '../stores/projects.ts';
import { enveloped, paged } from './account-replies.ts';
import { projectView } from './project-view.ts';
import { requireSession } from './session-caller.ts';

export const listProjectsRoute = ({ database }: Context) =>
  route(listProjects, async ({ identity, query }) => {
    requireSession(identity);
    const { items, total } = await readProjects(
      database.query,
      identity.userId,
      query.limit,
      (query.page - 1) * query.limit,
    );
    return { status: 200, body: enveloped(paged(items.map(projectView), total, query)) };
  });
