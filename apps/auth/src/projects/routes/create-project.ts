import { createProject } from '@turnpike/contracts';
import { AppError, route, uuidv7 } from '@turnpike/service-kit';
import { enveloped } from '../../account/routes/account-replies.ts';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { createOrganisationProject } from '../stores/organisation-projects.ts';
import { createProject as makeProject } from '../stores/projects.ts';
import { projectView } from './project-view.ts';

export const createProjectRoute = ({ config, database }: Context) =>
  route(createProject, async (call) => {
    requireSession(call.identity);
    const { organisation, userId } = call.identity;
    const draft = { id: uuidv7(), userId, name: call.body.name };
    const project = await database.transaction(async (db) => {
      const made =
        organisation === undefined
          ? await makeProject(db, draft, config.PROJECTS_PER_USER)
          : await createOrganisationProject(db, organisation, draft, config.PROJECTS_PER_USER);
      if (typeof made !== 'string')
        await recordAuditEvent(db, auditEventOf(call, 'project.create', { project_id: made.id }));
      return made;
    });
    if (project === 'inactive') throw new AppError('auth.session_revoked');
    if (project === 'no_admin') throw new AppError('tenant.membership_ended');
    if (project === 'too_many') {
      throw new AppError('resource.conflict', {
        detail: `There are ${config.PROJECTS_PER_USER} projects; delete one first.`,
      });
    }
    return { status: 201, body: enveloped(projectView(project)) };
  });
