import type { Query } from '@turnpike/service-kit';
import type { Adoption, IdentityProfile } from '../../sign-in/domain/sign-in.ts';

/** A linked identity, without what the provider said. */
export interface LinkedIdentity {
  readonly provider: string;
  readonly linkedAt: Date;
}

/** Records a user and links an identity to it: see `identity_adopt` in the migration. */
export async function adoptIdentity(
  query: Query,
  id: string,
  user: { id: string; tier: string },
  profile: IdentityProfile,
  shared = false,
  lineageId?: string,
): Promise<Adoption> {
  const rows = await query<{ status: Adoption['status']; user_id: string }>(
    'SELECT * FROM identity_adopt($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $10::uuid)',
    id,
    user.id,
    user.tier,
    profile.provider,
    profile.subject,
    profile.email ?? null,
    profile.emailVerified,
    profile.displayName ?? null,
    shared,
    lineageId ?? null,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('identity_adopt returned no row');
  return { status: row.status, userId: row.user_id };
}

/** The identities of a user, oldest first. */
export async function listIdentities(query: Query, userId: string): Promise<LinkedIdentity[]> {
  const rows = await query<{ provider: string; linked_at: Date }>(
    'SELECT provider, linked_at FROM identity WHERE user_id = $1::uuid ORDER BY linked_at, id',
    userId,
  );
  return rows.map((row) => ({ provider: row.provider, linkedAt: row.linked_at }));
}
