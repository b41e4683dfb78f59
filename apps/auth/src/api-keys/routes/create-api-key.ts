import { createApiKey, HEADER } from '@turnpike/contracts';
import { AppError, idempotent, route, uuidv7 } from '@turnpike/service-kit';
import { enveloped, projectNotFound } from '../../account/routes/account-replies.ts';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { keyScopeOf, projectOwnerOf } from '../../projects/owner.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { newApiKey } from '../domain/api-key.ts';
import { boundLifeDays } from '../key-life.ts';
import { requireKeyRoom } from '../key-room.ts';
import { createApiKey as makeApiKey } from '../stores/api-keys.ts';
import { apiKeyView } from './api-key-view.ts';

export const createApiKeyRoute = ({ config, database, organisationConfig }: Context) =>
  route(createApiKey, (call) => {
    requireSession(call.identity);
    const { organisation, userId } = call.identity;
    const owner = projectOwnerOf(call.identity);
    const { name, scopes, expires_in_days: lifeDays = null, rate_limit_per_minute: perMinute = null } = call.body;
    const projectId = call.headers[HEADER.projectId];
    const wanted = { projectId, name, scopes: scopes ?? config.API_KEY_DEFAULT_SCOPES, lifeDays, perMinute };
    const request = { scope: `${keyScopeOf(call.identity)}:keys.create`, key: call.idempotencyKey, request: wanted };
    return idempotent(database.query, request, uuidv7, async (operationId) => {
      const bounds = organisation === undefined ? undefined : await organisationConfig.of(organisation.id);
      const given = {
        ...wanted,
        lifeDays: boundLifeDays(lifeDays, bounds?.['keys.expire_after_days_max'] ?? null),
      };
      const { text, prefix, digest } = newApiKey(organisation?.env ?? config.apiKeyEnvironment);
      const key = await database.transaction(async (db) => {
        await requireKeyRoom(db, organisation?.id, operationId);
        const made = await makeApiKey(
          db,
          owner,
          { id: uuidv7(), operationId, userId, prefix, digest, ...given },
          config.API_KEYS_PER_PROJECT,
        );
        if (typeof made !== 'string') {
          await recordAuditEvent(
            db,
            auditEventOf(call, 'key.create', {
              key_id: made.id,
              project_id: projectId,
              prefix,
              scopes: made.scopes.join(' '),
            }),
          );
        }
        return made;
      });
      if (key === 'no_project') throw projectNotFound();
      if (key === 'too_many') {
        throw new AppError('resource.conflict', {
          detail: `This project has ${config.API_KEYS_PER_PROJECT} keys; delete one first.`,
        });
      }
      return { status: 201 as const, body: enveloped(apiKeyView(key, text)) };
    });
  });
