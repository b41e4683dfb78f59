import type { Query } from '@turnpike/service-kit';
import type { IdentityProfile, Recognition } from '../../sign-in/domain/sign-in.ts';

/** Providers that a person can sign in with by themselves, and that prove an address where they say so. */
const WAYS_TO_SIGN_IN = ['apple', 'google', 'github', 'email'];

interface RecognisedRow {
  readonly user_id: string | null;
  readonly external_key: string | null;
  readonly shared_key: string | null;
  readonly lineage_id: string | null;
}

/**
 * Looks up or links the account of a proven identity: see `identity_recognise` in the migration. `id`: of a new link; `digests`: what the
 * identity is remembered by.
 */
export async function recogniseIdentity(
  query: Query,
  id: string,
  profile: IdentityProfile,
  digests: readonly Buffer[],
): Promise<Recognition> {
  const rows = await query<RecognisedRow>(
    'SELECT * FROM identity_recognise($1::uuid, $2, $3, $4, $5, $6, $7::text[], $8::bytea[])',
    id,
    profile.provider,
    profile.subject,
    profile.email ?? null,
    profile.emailVerified,
    profile.displayName ?? null,
    WAYS_TO_SIGN_IN,
    digests,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('identity_recognise returned no row');
  if (row.user_id !== null) return { userId: row.user_id };
  const { external_key: externalKey, shared_key: sharedKey, lineage_id: lineageId } = row;
  if (externalKey === null || lineageId === null)
    throw new Error('identity_recognise returned neither a user nor what to make one of');
  return { userId: undefined, externalKey, sharedKey: sharedKey ?? undefined, lineageId };
}

export type LinkOutcome = 'linked' | 'already' | 'taken' | 'occupied' | 'inactive';

/** Links an identity to an account: see `identity_link` in the migration. */
export async function linkIdentity(
  query: Query,
  id: string,
  userId: string,
  profile: IdentityProfile,
  digests: readonly Buffer[],
): Promise<LinkOutcome> {
  const rows = await query<{ outcome: LinkOutcome }>(
    'SELECT identity_link($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8::bytea[]) AS outcome',
    id,
    userId,
    profile.provider,
    profile.subject,
    profile.email ?? null,
    profile.emailVerified,
    profile.displayName ?? null,
    digests,
  );
  return outcomeOf(rows);
}

export type UnlinkOutcome = 'unlinked' | 'last' | 'none';

/** Removes a provider from an account: see `identity_unlink` in the migration. */
export async function unlinkProvider(query: Query, userId: string, provider: string): Promise<UnlinkOutcome> {
  const rows = await query<{ outcome: UnlinkOutcome }>(
    'SELECT identity_unlink($1::uuid, $2, $3::text[]) AS outcome',
    userId,
    provider,
    WAYS_TO_SIGN_IN,
  );
  return outcomeOf(rows);
}

/** Whose an identity is, and its address; without recording a use. */
export async function findIdentity(
  query: Query,
  provider: string,
  subject: string,
): Promise<{ readonly userId: string; readonly email: string | undefined } | undefined> {
  const rows = await query<{ user_id: string; email: string | null }>(
    'SELECT user_id, email FROM identity WHERE provider = $1 AND subject = $2',
    provider,
    subject,
  );
  return rows.map((row) => ({ userId: row.user_id, email: row.email ?? undefined }))[0];
}

/** Records what a provider says of an identity's address. */
export async function setIdentityEmail(
  query: Query,
  provider: string,
  subject: string,
  email: string,
  verified: boolean,
): Promise<void> {
  await query(
    'UPDATE identity SET email = $3, email_verified = $4 WHERE provider = $1 AND subject = $2',
    provider,
    subject,
    email,
    verified,
  );
}

function outcomeOf<T>(rows: readonly { readonly outcome: T }[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error('a function that always returns a row returned none');
  return row.outcome;
}
