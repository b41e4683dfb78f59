import { HEADER, rotateApiKey } from '@turnpike/contracts';
import { AppError, idempotent, route, uuidv7 } from '@turnpike/service-kit';
import { enveloped, keyNotFound } from '../../account/routes/account-replies.ts';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { keyScopeOf, projectOwnerOf } from '../../projects/owner.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { newApiKey } from '../domain/api-key.ts';
import { latestExpiry } from '../key-life.ts';
import { endKeyBy, rotateApiKey as replaceApiKey } from '../stores/api-keys.ts';
import { apiKeyView } from './api-key-view.ts';

export const rotateApiKeyRoute = ({ clock, config, database, organisationConfig, revocations }: Context) =>
  route(rotateApiKey, (call) => {
    requireSession(call.identity);
    const { organisation, userId } = call.identity;
    const owner = projectOwnerOf(call.identity);
    const wanted = {
      oldId: call.params.key_id.toLowerCase(),
      projectId: call.headers[HEADER.projectId],
      overlapSeconds: call.body.overlap_seconds ?? 0,
    };
    const request = { scope: `${keyScopeOf(call.identity)}:keys.rotate`, key: call.idempotencyKey, request: wanted };
    return idempotent(database.query, request, uuidv7, async (operationId) => {
      const bounds = organisation === undefined ? undefined : await organisationConfig.of(organisation.id);
      const latest = latestExpiry(bounds?.['keys.expire_after_days_max'] ?? null, clock.nowMs());
      const { text, prefix, digest } = newApiKey(organisation?.env ?? config.apiKeyEnvironment);
      const rotated = await database.transaction(async (db) => {
        const done = await replaceApiKey(db, owner, {
          newId: uuidv7(),
          operationId,
          userId,
          prefix,
          digest,
          ...wanted,
        });
        if (typeof done !== 'string') {
          const facts = {
            key_id: wanted.oldId,
            new_key_id: done.key.id,
            prefix,
            overlap_seconds: wanted.overlapSeconds,
          };
          await recordAuditEvent(db, auditEventOf(call, 'key.rotate', facts));
        }
        if (typeof done === 'string' || latest === null) return done;
        return { ...done, key: await endKeyBy(db, done.key, latest) };
      });
      if (rotated === 'not_found') throw keyNotFound();
      if (rotated === 'inactive')
        throw new AppError('resource.conflict', { detail: 'This key is no longer active, or was rotated before.' });
      await revocations.announce(rotated.revocations);
      return { status: 201 as const, body: enveloped(apiKeyView(rotated.key, text)) };
    });
  });
