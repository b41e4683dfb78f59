import { updateProject } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { enveloped, projectNotFound } from '../../account/routes/account-replies.ts';
import type { Context } from '../../context.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { projectOwnerOf } from '../owner.ts';
import { renameProject } from '../stores/projects.ts';
import { projectView } from './project-view.ts';

export const updateProjectRoute = ({ database }: Context) =>
  route(updateProject, async ({ body, identity, params }) => {
    requireSession(identity);
    const project = await renameProject(database, projectOwnerOf(identity), params.id, body.name);
    if (project === undefined) throw projectNotFound();
    return { status: 200, body: enveloped(projectView(project)) };
  });
