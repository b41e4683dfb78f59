import { isWellFormedApiKey, revokeLeakedKey } from '@turnpike/contracts';
import { operatorAct, route } from '@turnpike/service-kit';
import { keyNotFound } from '../../account/routes/account-replies.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { apiKeyDigest } from '../domain/api-key.ts';
import { apiKeyIdOf, endApiKey } from '../stores/api-keys.ts';

export const revokeLeakedKeyRoute = ({ database, revocations }: Context) =>
  route(revokeLeakedKey, async (call) => {
    const act = operatorAct(call.identity, call.body.reason);
    const text = call.body.key.trim();
    const id = isWellFormedApiKey(text) ? await apiKeyIdOf(database, apiKeyDigest(text)) : undefined;
    if (id === undefined) throw keyNotFound();
    const ended = await database.transaction(async (db) => {
      const done = await endApiKey(db, id, undefined, 'leaked');
      if (done && done.revocations.length > 0) {
        await recordAuditEvent(db, {
          action: 'key.revoke_leaked',
          userId: done.key.user_id,
          actor: 'operator',
          operatorId: act.operator_id ?? null,
          requestId: call.requestId,
          ...(done.key.organisation_id === null ? {} : { organisationId: done.key.organisation_id }),
          detail: { ...act.detail, key_id: id, project_id: done.key.project_id, prefix: done.key.prefix },
        });
      }
      return done;
    });
    if (ended === undefined) throw keyNotFound();
    await revocations.announce(ended.revocations);
    const { key } = ended;
    return {
      status: 200,
      body: {
        key_id: key.id,
        prefix: key.prefix,
        user_id: key.user_id,
        project_id: key.project_id,
        revoked_at: (key.revoked_at ?? key.updated_at).toISOString(),
        was_active: ended.wasActive,
      },
    };
  });
