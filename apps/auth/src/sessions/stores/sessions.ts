import type { Query } from '@turnpike/service-kit';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import type { SessionState } from '../../tokens/domain/introspection.ts';
import type { NewSession, OpenOutcome, Rotation, RotationOutcome } from '../domain/session.ts';

/** Longest user agent kept, in characters. */
export const USER_AGENT_CHARS_MAX = 256;

/** Opens a session of an active account: see `session_open` in the migration. */
export async function openSession(query: Query, session: NewSession): Promise<OpenOutcome> {
  const rows = await query<{ outcome: 'opened' | 'unknown' | 'disabled' | 'deleted'; tier: string; expires_at: Date }>(
    `SELECT * FROM session_open($1::uuid, $2::uuid, $3, $4::bytea, $5, $6, $7, $8, $9,
       $10::float8 * interval '1 millisecond', $11::float8 * interval '1 millisecond')`,
    session.id,
    session.userId,
    session.method,
    session.digest,
    session.client.device ?? null,
    session.client.userAgent?.slice(0, USER_AGENT_CHARS_MAX) ?? null,
    session.client.address ?? null,
    session.actor,
    session.client.requestId ?? null,
    session.idleMs,
    session.absoluteMs,
  );
  const row = only(rows);
  return row.outcome === 'opened'
    ? { outcome: row.outcome, tier: row.tier, expiresAt: row.expires_at }
    : { outcome: row.outcome };
}

interface RotationRow {
  readonly outcome: RotationOutcome['outcome'];
  readonly user_id: string;
  readonly tier: string;
  readonly expires_at: Date;
  readonly sealed: Uint8Array;
  readonly revocation_id: bigint;
  readonly revocation_at: Date;
}

/** Rotates a refresh token in one round trip: see `session_refresh` in the migration. */
export async function rotateRefreshToken(query: Query, rotation: Rotation): Promise<RotationOutcome> {
  const rows = await query<RotationRow>(
    `SELECT * FROM session_refresh($1::uuid, $2::uuid, $3::bytea, $4::bytea, $5::bytea,
       $6::float8 * interval '1 millisecond', $7::float8 * interval '1 millisecond')`,
    rotation.sessionId,
    rotation.expectedUserId ?? null,
    rotation.presented,
    rotation.next,
    rotation.nextSealed,
    rotation.graceMs,
    rotation.idleMs,
  );
  const row = only(rows);
  const live = { userId: row.user_id, tier: row.tier, expiresAt: row.expires_at };
  switch (row.outcome) {
    case 'rotated':
      return { outcome: 'rotated', ...live };
    case 'repeated':
      return { outcome: 'repeated', ...live, sealed: row.sealed };
    case 'reused': {
      const { revocation_id: id, revocation_at: at } = row;
      return { outcome: 'reused', revocation: { id, kind: 'session', target_id: rotation.sessionId, at } };
    }
    case 'ended':
    case 'expired':
    case 'inactive':
    case 'unknown':
    case 'wrong_owner':
      return { outcome: row.outcome };
  }
}

/** Ends one live session (of a user, where given). Returns the revocation, or nothing where there was none to end. */
export async function endSession(
  query: Query,
  id: string,
  userId: string | null,
  reason: string,
): Promise<RecordedRevocation[]> {
  return query<RecordedRevocation>('SELECT * FROM session_end($1::uuid, $2::uuid, $3)', id, userId, reason);
}

/** Ends every live session of a user. */
export async function endAllSessions(query: Query, userId: string, reason: string): Promise<RecordedRevocation[]> {
  return query<RecordedRevocation>('SELECT * FROM sessions_end_all($1::uuid, $2)', userId, reason);
}

/** Ends the live sessions of a user that were opened in one way. */
export async function endSessionsByMethod(
  query: Query,
  userId: string,
  method: string,
  reason: string,
): Promise<RecordedRevocation[]> {
  return query<RecordedRevocation>(
    `SELECT e.* FROM session s CROSS JOIN LATERAL session_end(s.id, s.user_id, $3) e
      WHERE s.user_id = $1::uuid AND s.method = $2 AND s.ended_at IS NULL`,
    userId,
    method,
    reason,
  );
}

/** The state of a session, or `undefined` for one that never was or is long over. */
export async function sessionState(query: Query, id: string): Promise<SessionState | undefined> {
  const rows = await query<{ user_id: string; tier: string; lineage_id: string; method: string; live: boolean }>(
    `SELECT s.user_id, a.tier, a.lineage_id, s.method, s.ended_at IS NULL AND s.expires_at > now() AND a.status = 'active' AS live
       FROM session s JOIN account a ON a.user_id = s.user_id
      WHERE s.id = $1::uuid`,
    id,
  );
  return rows.map(({ user_id: userId, lineage_id: lineageId, ...state }) => ({ userId, lineageId, ...state }))[0];
}

/** A session as its owner may see it. */
export interface ListedSession {
  readonly id: string;
  readonly method: string;
  readonly device: string | null;
  readonly user_agent: string | null;
  readonly address: string | null;
  readonly created_at: Date;
  readonly last_used_at: Date;
  readonly expires_at: Date;
}

const LIVE = 'user_id = $1::uuid AND ended_at IS NULL AND expires_at > now() AND idle_expires_at > now()';

/** A page of a user's live sessions, newest first, and how many there are. */
export async function listLiveSessions(
  query: Query,
  userId: string,
  limit: number,
  offset: number,
): Promise<{ items: ListedSession[]; total: number }> {
  const [items, counts] = await Promise.all([
    query<ListedSession>(
      `SELECT id, method, device, user_agent, address, created_at, last_used_at, least(expires_at, idle_expires_at) AS expires_at
         FROM session WHERE ${LIVE} ORDER BY created_at DESC, id DESC LIMIT $2::int OFFSET $3::int`,
      userId,
      limit,
      offset,
    ),
    query<{ total: number }>(`SELECT count(*)::int AS total FROM session WHERE ${LIVE}`, userId),
  ]);
  return { items, total: only(counts).total };
}

function only<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error('a statement that always returns a row returned none');
  return row;
}
