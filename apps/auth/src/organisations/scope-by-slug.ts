import type { Db } from '../database.ts';
import type { TokenScope } from '../tokens/domain/token-scope.ts';
import { findOwnOrganisation } from './stores/organisations.ts';

/** What a token of `select-tenant` would be of, in the environment `prod`; `undefined` where the person does not belong to the organisation. */
export async function scopeBySlug(db: Db, userId: string, slug: string): Promise<TokenScope | undefined> {
  const own = await findOwnOrganisation(db, userId, { slug });
  return (
    own && { organisationId: own.organisationId, membershipId: own.membershipId, role: own.role, environment: 'prod' }
  );
}
