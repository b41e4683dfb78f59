import { createKey, LLM_SCOPE } from '@turnpike/contracts';
import { AppError, idempotent, route, uuidv7 } from '@turnpike/service-kit';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { keyScopeOf } from '../../projects/owner.ts';
import { newApiKey } from '../domain/api-key.ts';
import { boundExpiry } from '../key-life.ts';
import { requireKeyRoom } from '../key-room.ts';
import { requireToCome, settingsAfter } from '../key-settings.ts';
import { createApiKey } from '../stores/api-keys.ts';
import { defaultProjectId, setKey } from '../stores/organisation-keys.ts';
import { keyCaller, organisationKeyView } from './organisation-key-view.ts';

/** What a key may do whose maker says nothing of it. */
const DEFAULT_SCOPES = [LLM_SCOPE];

export const createKeyRoute = ({ clock, config, database, organisationConfig }: Context) =>
  route(createKey, (call) => {
    const { userId, place } = keyCaller(call.identity);
    const { scopes = DEFAULT_SCOPES, ...wanted } = call.body;
    const request = {
      scope: `${keyScopeOf(call.identity)}:llm.keys.create`,
      key: call.idempotencyKey,
      request: { scopes, ...wanted },
    };
    return idempotent(database.query, request, uuidv7, async (operationId) => {
      const nowMs = clock.nowMs();
      requireToCome(wanted.expires_at, nowMs);
      const { 'keys.rate_limit_per_minute': perMinute, 'keys.expire_after_days_max': daysMax } =
        await organisationConfig.of(place.organisationId);
      const expiresAt = boundExpiry(wanted.expires_at, daysMax, nowMs);
      const { text, prefix, digest } = newApiKey(place.environment, '-');
      const made = await database.transaction(async (db) => {
        await requireKeyRoom(db, place.organisationId, operationId);
        const projectId = await defaultProjectId(db, place);
        if (projectId === undefined) return 'no_project';
        const { name } = wanted;
        const draft = {
          name,
          projectId,
          scopes,
          prefix,
          digest,
          perMinute,
          lifeDays: null,
        };
        const key = await createApiKey(
          db,
          place,
          { id: uuidv7(), operationId, userId, ...draft },
          config.API_KEYS_PER_PROJECT,
        );
        if (typeof key === 'string') return key;
        const facts = { key_id: key.id, project_id: projectId, prefix, scopes: scopes.join(' ') };
        await recordAuditEvent(db, auditEventOf(call, 'key.create', facts));
        return setKey(db, key.id, settingsAfter({ ...key, paused: false }, { ...wanted, expires_at: expiresAt }));
      });
      // The caller was an admin of an active organisation when the edge asked, and no longer is.
      if (made === 'no_project') throw new AppError('tenant.membership_ended');
      if (made === 'too_many')
        throw new AppError('resource.conflict', {
          detail: `This project has ${config.API_KEYS_PER_PROJECT} keys; delete one first.`,
        });
      const spent = new Map(made.constraints.spend_limit === undefined ? [] : [[made.id, 0]]);
      return { status: 201 as const, body: { ...organisationKeyView(made, place, spent), key: text } };
    });
  });
