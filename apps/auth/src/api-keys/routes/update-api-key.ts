import { HEADER, updateApiKey } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { enveloped, keyNotFound } from '../../account/routes/account-replies.ts';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { projectOwnerOf } from '../../projects/owner.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { requireToCome, settingsAfter } from '../key-settings.ts';
import { lockApiKey } from '../stores/api-keys.ts';
import { setKey, tellOfKey } from '../stores/organisation-keys.ts';
import { apiKeyView } from './api-key-view.ts';

export const updateApiKeyRoute = ({ clock, database, revocations }: Context) =>
  route(updateApiKey, async (call) => {
    const { body, headers, identity, params } = call;
    requireSession(identity);
    const { key, told } = await database.transaction(async (db) => {
      const before = await lockApiKey(db, projectOwnerOf(identity), headers[HEADER.projectId], params.key_id);
      if (before === undefined) throw keyNotFound();
      requireToCome(body.expires_at, clock.nowMs());
      const paused = before.paused_at !== null;
      const { rate_limit_per_minute: perMinute, ...others } = body;
      const settings = {
        ...settingsAfter({ ...before, paused }, others),
        // Unlike an organisation's, a key of a person may have no limit of its own.
        perMinute: perMinute === undefined ? before.rate_limit_per_minute : perMinute,
      };
      const changedKey = await setKey(db, before.id, settings);
      const changed = Object.keys(body).toSorted().join(' ');
      const facts = { key_id: changedKey.id, prefix: changedKey.prefix, changed };
      await recordAuditEvent(db, auditEventOf(call, 'key.change', facts));
      const pausedNow = settings.paused && !paused;
      return { key: changedKey, told: await tellOfKey(db, pausedNow ? 'key' : 'account', changedKey.id) };
    });
    await revocations.announce([told]);
    return { status: 200, body: enveloped(apiKeyView(key)) };
  });
