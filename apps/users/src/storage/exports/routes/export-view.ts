import { downloadExport, type listExports, type Output } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Context } from '../../../context.ts';
import { findExport, type OrganisationExport } from '../../stores/exports.ts';
import { linkTo } from '../link.ts';

/** An export as admins read it, with a link of the reader's own. */
export function exportViewOf(
  { vault }: Pick<Context, 'vault'>,
  found: OrganisationExport,
  userId: string,
): Output<typeof listExports>['items'][number] {
  const link = found.state === 'ready' ? linkTo(vault, found.id, userId) : undefined;
  return {
    id: found.id,
    // One that is being deleted is in no answer.
    state: found.state === 'deleting' ? 'failed' : found.state,
    include: [...found.include],
    from: found.since?.toISOString() ?? null,
    to: found.until.toISOString(),
    records: Number(found.records),
    bytes: Number(found.bytes),
    failure: found.failure,
    requested_by: found.requestedBy,
    created_at: found.createdAt.toISOString(),
    finished_at: found.finishedAt?.toISOString() ?? null,
    expires_at: found.expiresAt?.toISOString() ?? null,
    download:
      link === undefined
        ? null
        : { url: `${downloadExport.path}?token=${link.token}`, expires_at: link.expiresAt.toISOString() },
  };
}

/** An organisation's export. Throws `resource.not_found` for another's. */
export async function ownExport(
  { database }: Pick<Context, 'database'>,
  organisationId: string,
  id: string,
): Promise<OrganisationExport> {
  const found = await findExport(database, id);
  if (found?.organisationId !== organisationId) throw new AppError('resource.not_found');
  return found;
}
