import { adminRevokeKey } from '@turnpike/contracts';
import { AppError, operatorAct, route } from '@turnpike/service-kit';
import { endApiKey } from '../../api-keys/stores/api-keys.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { actingOperator } from '../acting.ts';
import { subjectEventOf } from '../subject-event.ts';
import { adminKeyView } from './key-view.ts';

export const adminRevokeKeyRoute = ({ database, revocations }: Context) =>
  route(adminRevokeKey, async (call) => {
    const act = operatorAct(call.identity, call.body.reason);
    await actingOperator(database, call.identity, adminRevokeKey);
    const ended = await database.transaction(async (db) => {
      const done = await endApiKey(db, call.params.id, undefined, 'ended_by_operator');
      if (done === undefined) throw new AppError('resource.not_found', { detail: 'There is no such key.' });
      const { key } = done;
      if (done.revocations.length > 0)
        await recordAuditEvent(db, {
          ...subjectEventOf(call, act, 'key.revoke', key.user_id, { key_id: key.id, prefix: key.prefix }),
          ...(key.organisation_id === null ? {} : { organisationId: key.organisation_id }),
        });
      return done;
    });
    await revocations.announce(ended.revocations);
    return { status: 200, body: await adminKeyView(database, ended.key) };
  });
