import { deleteProject } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import { enveloped, projectNotFound } from '../../account/routes/account-replies.ts';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { deleteOrganisationProject } from '../stores/organisation-projects.ts';
import { deleteProject as endProject } from '../stores/projects.ts';

export const deleteProjectRoute = ({ database, revocations }: Context) =>
  route(deleteProject, async (call) => {
    requireSession(call.identity);
    const { id } = call.params;
    const { organisation, userId } = call.identity;
    const deletion = await database.transaction(async (db) => {
      const done =
        organisation === undefined
          ? await endProject(db, id, userId)
          : await deleteOrganisationProject(db, organisation, id);
      if (done.outcome === 'deleted') {
        await recordAuditEvent(
          db,
          auditEventOf(call, 'project.delete', { project_id: id, keys: done.revocations.length }),
        );
      }
      return done;
    });
    if (deletion.outcome !== 'deleted') {
      if (deletion.outcome === 'not_found') throw projectNotFound();
      throw new AppError('resource.conflict', { detail: 'This is your last project; one must remain.' });
    }
    await revocations.announce(deletion.revocations);
    const body = { id, deleted_at: deletion.deletedAt.toISOString(), keys_deactivated: deletion.revocations.length };
    return { status: 200, body: enveloped(body) };
  });
