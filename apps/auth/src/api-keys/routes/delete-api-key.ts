import { deleteApiKey, HEADER } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { enveloped, keyNotFound } from '../../account/routes/account-replies.ts';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { projectOwnerOf } from '../../projects/owner.ts';
import { hadProject } from '../../projects/stores/projects.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { endApiKey } from '../stores/api-keys.ts';

export const deleteApiKeyRoute = ({ database, revocations }: Context) =>
  route(deleteApiKey, async (call) => {
    requireSession(call.identity);
    const projectId = call.headers[HEADER.projectId];
    if (!(await hadProject(database, projectOwnerOf(call.identity), projectId))) throw keyNotFound();
    const ended = await database.transaction(async (db) => {
      const done = await endApiKey(db, call.params.key_id, projectId, 'deleted');
      if (done && done.revocations.length > 0) {
        await recordAuditEvent(
          db,
          auditEventOf(call, 'key.delete', {
            key_id: done.key.id,
            project_id: projectId,
            prefix: done.key.prefix,
          }),
        );
      }
      return done;
    });
    if (ended === undefined) throw keyNotFound();
    await revocations.announce(ended.revocations);
    const at = ended.key.revoked_at ?? ended.key.updated_at;
    return { status: 200, body: enveloped({ id: ended.key.id, is_active: false, deactivated_at: at.toISOString() }) };
  });
