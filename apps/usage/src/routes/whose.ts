import { AppError, type GatewayIdentity } from '@turnpike/service-kit';
import type { StoredRecord, Whose } from '../records/domain/stored-record.ts';

/** The caller's own use: personal, or within the organisation of the token. */
export function ownUse({ userId, organisation }: GatewayIdentity): Whose {
  return organisation === undefined
    ? { kind: 'person', userId }
    : { kind: 'member', userId, organisationId: organisation.id, environment: organisation.env };
}

/** All use of the organisation that was selected. The edge and admission have checked that there is one. */
export function useOfOrganisation({ organisation }: GatewayIdentity): Whose & { kind: 'organisation' } {
  if (organisation === undefined) throw new AppError('tenant.not_selected');
  return { kind: 'organisation', organisationId: organisation.id, environment: organisation.env };
}

/** Whether a record is one of these. */
export function isOf(record: StoredRecord, whose: Whose): boolean {
  switch (whose.kind) {
    case 'person':
      return record.userId === whose.userId && record.organisationId === null;
    case 'member':
      return (
        record.userId === whose.userId &&
        record.organisationId === whose.organisationId &&
        record.environment === whose.environment
      );
    case 'organisation':
      return record.organisationId === whose.organisationId && record.environment === whose.environment;
    case 'everybody':
      return true;
  }
}

/** The one 404 for a record that there is not and for somebody else's. */
export function recordNotFound(): AppError {
  return new AppError('resource.not_found', { detail: 'There is no such request.' });
}
