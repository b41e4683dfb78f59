import type { Role } from '@turnpike/contracts';
import type { Db } from '../database.ts';
import { listOwnOrganisations } from './stores/organisations.ts';

/** Most organisations in the answer to a sign-in. */
const TENANTS_MAX = 100;

/** An organisation that a person belongs to. */
export interface OwnTenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly role: Role;
  readonly status: 'active' | 'suspended';
}

/** The organisations of a person, for the answer to a sign-in: the last 100 that they joined. */
export async function tenantsOf(db: Db, userId: string): Promise<OwnTenant[]> {
  const { items } = await listOwnOrganisations(db, userId, TENANTS_MAX, 0);
  return items.map(({ organisationId: id, slug, name, role, status }) => ({ id, slug, name, role, status }));
}
