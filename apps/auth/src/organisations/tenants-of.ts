import type { Role } from '@turnpike/contracts';

/** An organisation that a person belongs to. */
export interface OwnTenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly role: Role;
  readonly status: 'active' | 'suspended';
}

/** The organisations of a person, for the answer to a sign-in: none, as there are no organisations yet. */
export function tenantsOf(_userId: string): Promise<OwnTenant[]> {
  return Promise.resolve([]);
}
