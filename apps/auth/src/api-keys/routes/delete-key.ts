import { deleteKey } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { keyNotFound } from '../../account/routes/account-replies.ts';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { endApiKey } from '../stores/api-keys.ts';
import { findOrganisationKey } from '../stores/organisation-keys.ts';
import { keyCaller } from './organisation-key-view.ts';

export const deleteKeyRoute = ({ database, revocations }: Context) =>
  route(deleteKey, async (call) => {
    const { place } = keyCaller(call.identity);
    const told = await database.transaction(async (db) => {
      const found = await findOrganisationKey(db, place, call.params.id);
      const ended = found && (await endApiKey(db, found.id, found.project_id, 'deleted'));
      if (ended === undefined || ended.revocations.length === 0) throw keyNotFound();
      const facts = { key_id: ended.key.id, project_id: ended.key.project_id, prefix: ended.key.prefix };
      await recordAuditEvent(db, auditEventOf(call, 'key.delete', facts));
      return ended.revocations;
    });
    await revocations.announce(told);
    return { status: 204, body: null };
  });
