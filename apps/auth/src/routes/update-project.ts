import { updateProject } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { renameProject } from '../stores/projects.ts';
import { enveloped, projectNotFound } from './account-replies.ts';
import { projectView } from './project-view.ts';
import { requireSession } from './session-caller.ts';

export const updateProjectRoute = ({ database }: Context) =>
  route(updateProject, async ({ body, identity, params }) => {
    requireSession(identity);
    const project = await renameProject(database.query, params.id, identity.userId, body.name);
    if (project === undefined) throw projectNotFound();
    return { status: 200, body: enveloped(projectView(project)) };
  });
