import { deleteExport } from '@turnpike/contracts';
import { AppError, route, writeEvent } from '@turnpike/service-kit';
import { organisationOf } from '../../../configuration/routes/caller.ts';
import type { Context } from '../../../context.ts';
import { reportOf } from '../../../users/stores/audit-events.ts';
import { markDeleting } from '../../stores/exports.ts';

export const deleteExportRoute = ({ database, relay }: Context) =>
  route(deleteExport, async ({ identity, params: { id }, requestId }) => {
    const organisationId = organisationOf(identity);
    await database.transaction(async (db) => {
      if (!(await markDeleting(db, organisationId, id))) throw new AppError('resource.not_found');
      const event = { action: 'export.deleted', actor: 'user', requestId, detail: { export_id: id } } as const;
      await writeEvent(db.query, 'audit.recorded', {
        ...reportOf(event, identity.userId),
        organisation_id: organisationId,
      });
    });
    relay.kick();
    return { status: 204, body: null };
  });
