import type { Query } from '@turnpike/service-kit';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import type { ClientInfo, SessionDraft } from '../../sessions/domain/session.ts';
import { USER_AGENT_CHARS_MAX } from '../../sessions/stores/sessions.ts';

/** A one-time code of a browser sign-in. */
export interface NewSignInCode {
  readonly digest: Buffer;
  readonly userId: string;
  readonly method: string;
  /** The app's own PKCE challenge. */
  readonly codeChallenge: string | null;
}

/** Keeps a code for `ttlSeconds`. */
export async function insertSignInCode(query: Query, code: NewSignInCode, ttlSeconds: number): Promise<void> {
  await query(
    `INSERT INTO sign_in_code (digest, user_id, method, code_challenge, expires_at)
     VALUES ($1::bytea, $2::uuid, $3, $4, clock_timestamp() + $5::int * interval '1 second')`,
    code.digest,
    code.userId,
    code.method,
    code.codeChallenge,
    ttlSeconds,
  );
}

export type Redemption =
  | { readonly outcome: 'opened'; readonly userId: string; readonly tier: string; readonly expiresAt: Date }
  | { readonly outcome: 'reused'; readonly revocations: readonly RecordedRevocation[] }
  | { readonly outcome: 'disabled'; readonly userId: string }
  | { readonly outcome: 'unknown' | 'expired' | 'challenge' | 'deleted' };

interface RedemptionRow {
  readonly outcome: Redemption['outcome'];
  readonly user_id: string;
  readonly tier: string;
  readonly expires_at: Date;
  readonly revocation_id: bigint | null;
  readonly session_id: string;
  readonly revocation_at: Date;
}

/** Redeems a code and opens its session, both or neither: see `sign_in_code_redeem` in the migration. */
export async function redeemSignInCode(
  query: Query,
  code: { readonly digest: Buffer; readonly codeChallenge: string | null },
  session: SessionDraft,
  client: ClientInfo,
): Promise<Redemption> {
  const rows = await query<RedemptionRow>(
    `SELECT * FROM sign_in_code_redeem($1::bytea, $2, $3::uuid, $4::bytea, $5, $6, $7, $8,
       $9::float8 * interval '1 millisecond', $10::float8 * interval '1 millisecond')`,
    code.digest,
    code.codeChallenge,
    session.id,
    session.digest,
    client.device ?? null,
    client.userAgent?.slice(0, USER_AGENT_CHARS_MAX) ?? null,
    client.address ?? null,
    client.requestId ?? null,
    session.idleMs,
    session.absoluteMs,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('sign_in_code_redeem returned no row');
  switch (row.outcome) {
    case 'opened':
      return { outcome: 'opened', userId: row.user_id, tier: row.tier, expiresAt: row.expires_at };
    case 'reused': {
      const { revocation_id: id, session_id: target, revocation_at: at } = row;
      return { outcome: 'reused', revocations: id === null ? [] : [{ id, kind: 'session', target_id: target, at }] };
    }
    case 'disabled':
      return { outcome: 'disabled', userId: row.user_id };
    case 'unknown':
    case 'expired':
    case 'challenge':
    case 'deleted':
      return { outcome: row.outcome };
  }
}
