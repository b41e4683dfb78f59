import type { Query } from '@turnpike/service-kit';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';

/** What auth keeps of a user. */
export interface Account {
  readonly userId: string;
  readonly status: 'active' | 'disabled' | 'deleted';
  readonly tier: string;
  readonly lastLoginAt: Date | null;
  /** Grows each time the account is stopped. */
  readonly revision: bigint;
}

interface AccountRow {
  readonly user_id: string;
  readonly status: Account['status'];
  readonly tier: string;
  readonly last_login_at: Date | null;
  readonly revision: bigint;
}

/** The account of a user, or `undefined`. */
export async function findAccount(query: Query, userId: string): Promise<Account | undefined> {
  const rows = await query<AccountRow>(
    'SELECT user_id, status, tier, last_login_at, revision FROM account WHERE user_id = $1::uuid',
    userId,
  );
  return rows.map(accountOf)[0];
}

/** Records a user; one that is known stays as it is. */
export async function noteAccount(query: Query, userId: string, tier: string): Promise<void> {
  await query(
    'INSERT INTO account (user_id, tier) VALUES ($1::uuid, $2) ON CONFLICT (user_id) DO NOTHING',
    userId,
    tier,
  );
}

/**
 * Records what users said of an active user: its tier, and that it may sign in; a new tier is recorded for the edges.
 * Returns false, changing nothing, where the account was stopped since `revision` was read, or is deleted.
 */
export async function setActive(query: Query, userId: string, tier: string, revision: bigint): Promise<boolean> {
  const [row] = await query<{ noted: boolean }>(
    'SELECT account_set_active($1::uuid, $2, $3::bigint) AS noted',
    userId,
    tier,
    revision,
  );
  return row?.noted === true;
}

/**
 * Disables or closes an account and ends all its sessions. Returns the revocation, or nothing where it was so already.
 */
export async function stopAccount(
  query: Query,
  userId: string,
  status: 'disabled' | 'deleted',
): Promise<RecordedRevocation[]> {
  return query<RecordedRevocation>('SELECT * FROM account_stop($1::uuid, $2, $3)', userId, status, `account_${status}`);
}

function accountOf(row: AccountRow): Account {
  return {
    userId: row.user_id,
    status: row.status,
    tier: row.tier,
    lastLoginAt: row.last_login_at,
    revision: row.revision,
  };
}
