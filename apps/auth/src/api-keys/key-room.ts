import type { Db } from '../database.ts';
import { requireRoom } from '../organisations/limits.ts';
import { countKeys } from './stores/organisation-keys.ts';

/**
 * Throws `tenant.limit_reached` where an organisation has as many keys as its plan allows, in all projects and environments; the one that an earlier try of
 * this operation made is not counted. Others who make keys in it wait until the transaction ends. Nothing for a person's own keys.
 */
export async function requireKeyRoom(db: Db, organisationId: string | undefined, operationId: string): Promise<void> {
  if (organisationId === undefined) return;
  const { keys, limit } = await countKeys(db, organisationId, operationId);
  if (limit !== undefined) requireRoom(keys, limit, 'keys');
}
