import { updateKey } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import { keyNotFound } from '../../account/routes/account-replies.ts';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { hasAdmin } from '../../organisations/stores/admins.ts';
import { requireBoundExpiry } from '../key-life.ts';
import { requireToCome, settingsAfter } from '../key-settings.ts';
import { spentOf } from '../spent.ts';
import { lockOrganisationKey, setKey, tellOfKey } from '../stores/organisation-keys.ts';
import { keyCaller, organisationKeyView } from './organisation-key-view.ts';

export const updateKeyRoute = ({ bestEffort, clock, database, logger, organisationConfig, revocations }: Context) =>
  route(updateKey, async (call) => {
    const { userId, place } = keyCaller(call.identity);
    const { 'keys.expire_after_days_max': daysMax } = await organisationConfig.of(place.organisationId);
    const { key, told } = await database.transaction(async (db) => {
      if (!(await hasAdmin(db, place.organisationId, userId))) throw new AppError('tenant.membership_ended');
      const before = await lockOrganisationKey(db, place, call.params.id);
      if (before === undefined) throw keyNotFound();
      requireToCome(call.body.expires_at, clock.nowMs());
      requireBoundExpiry(call.body.expires_at, daysMax, clock.nowMs());
      const paused = before.paused_at !== null;
      const settings = settingsAfter({ ...before, paused }, call.body);
      const key = await setKey(db, before.id, settings);
      const changed = Object.keys(call.body).toSorted().join(' ');
      await recordAuditEvent(db, auditEventOf(call, 'key.change', { key_id: key.id, prefix: key.prefix, changed }));
      const pausedNow = settings.paused && !paused;
      return { key, told: await tellOfKey(db, pausedNow ? 'key' : 'account', key.id) };
    });
    await revocations.announce([told]);
    return { status: 200, body: organisationKeyView(key, place, await spentOf([key], bestEffort.llm, logger)) };
  });
