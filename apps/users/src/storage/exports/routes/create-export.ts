import { createExport, EXPORT_KINDS, EXPORTS_MAX } from '@turnpike/contracts';
import { AppError, route, uuidv7, writeEvent } from '@turnpike/service-kit';
import { organisationOf } from '../../../configuration/routes/caller.ts';
import type { Context } from '../../../context.ts';
import { reportOf } from '../../../users/stores/audit-events.ts';
import { invalid } from '../../choose-store.ts';
import { exportPlace } from '../../open-target.ts';
import { addExport } from '../../stores/exports.ts';
import { exportViewOf } from './export-view.ts';

export const createExportRoute = (context: Context) =>
  route(createExport, async ({ identity, body, requestId }) => {
    const organisationId = organisationOf(identity);
    const place = await exportPlace(context, organisationId);
    if (place === undefined)
      throw new AppError('resource.conflict', { detail: 'There is no store to write it to: choose one first.' });
    if (body.from !== undefined && body.to !== undefined && Date.parse(body.from) >= Date.parse(body.to))
      throw invalid('body.to', 'Must be after `from`');
    const fresh = {
      id: uuidv7(),
      organisationId,
      requestedBy: identity.userId,
      include: body.include === undefined ? EXPORT_KINDS : [...new Set(body.include)],
      since: body.from === undefined ? undefined : new Date(body.from),
      until: body.to === undefined ? undefined : new Date(body.to),
      place,
    };
    const added = await context.database.transaction(async (db) => {
      const made = await addExport(db, fresh);
      if (made === undefined) return undefined;
      const event = { action: 'export.requested', actor: 'user', requestId, detail: { export_id: made.id } } as const;
      await writeEvent(db.query, 'audit.recorded', {
        ...reportOf(event, identity.userId),
        organisation_id: organisationId,
      });
      return made;
    });
    if (added === undefined)
      throw new AppError('tenant.limit_reached', {
        detail: `The organisation has ${EXPORTS_MAX} exports, as many as it may: delete one first.`,
        extra: { resource: 'exports', limit: EXPORTS_MAX },
      });
    context.relay.kick();
    return { status: 202, body: exportViewOf(context, added, identity.userId) };
  });
