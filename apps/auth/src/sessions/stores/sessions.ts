import { z } from 'zod';
import { operatorRole, role } from '@turnpike/contracts';
import { column } from '@turnpike/service-kit';
import type { Db } from '../../database.ts';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import { revocationRow } from '../../revocations/stores/revocations.ts';
import type { MembershipState, SessionState } from '../../tokens/domain/introspection.ts';
import type { TokenScope } from '../../tokens/domain/token-scope.ts';
import type { NewSession, OpenOutcome, Rotation, RotationOutcome, TokenHolder } from '../domain/session.ts';

/** Longest user agent kept, in characters. */
export const USER_AGENT_CHARS_MAX = 256;

const opened = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('opened'), tier: z.string(), expires_at: z.date() }),
  z.object({ outcome: z.enum(['unknown', 'disabled', 'deleted']) }),
]);

/** Opens a session of an active account: the function `session_open`. */
export async function openSession(
  db: Db,
  { id, userId, method, digest, client, actor, idleMs, absoluteMs }: NewSession,
): Promise<OpenOutcome> {
  const { device, userAgent, address, requestId } = client;
  const row = await db.one(opened)`
    SELECT * FROM session_open(${id}::uuid, ${userId}::uuid, ${method}, ${digest}::bytea, ${device ?? null},
      ${userAgent?.slice(0, USER_AGENT_CHARS_MAX) ?? null}, ${address ?? null}, ${actor}, ${requestId ?? null},
      ${idleMs}::float8 * interval '1 millisecond', ${absoluteMs}::float8 * interval '1 millisecond')`;
  return row.outcome === 'opened'
    ? { outcome: row.outcome, tier: row.tier, expiresAt: row.expires_at }
    : { outcome: row.outcome };
}

const live = { user_id: z.string(), tier: z.string(), expires_at: z.date() };
const rotated = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('rotated'), ...live }),
  z.object({ outcome: z.literal('repeated'), ...live, sealed: column.bytes }),
  z.object({ outcome: z.literal('reused'), revocation_id: z.bigint(), revocation_at: z.date() }),
  z.object({ outcome: z.enum(['ended', 'expired', 'inactive', 'unknown', 'wrong_owner']) }),
]);

/** Rotates a refresh token in one round trip: the function `session_refresh`. */
export async function rotateRefreshToken(db: Db, rotation: Rotation): Promise<RotationOutcome> {
  const row = await db.one(rotated)`
    SELECT * FROM session_refresh(${rotation.sessionId}::uuid, ${rotation.expectedUserId ?? null}::uuid,
      ${rotation.presented}::bytea, ${rotation.next}::bytea, ${rotation.nextSealed}::bytea,
      ${rotation.graceMs}::float8 * interval '1 millisecond', ${rotation.idleMs}::float8 * interval '1 millisecond')`;
  switch (row.outcome) {
    case 'rotated':
      return { outcome: 'rotated', userId: row.user_id, tier: row.tier, expiresAt: row.expires_at };
    case 'repeated':
      return {
        outcome: 'repeated',
        userId: row.user_id,
        tier: row.tier,
        expiresAt: row.expires_at,
        sealed: row.sealed,
      };
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
  db: Db,
  id: string,
  userId: string | null,
  reason: string,
): Promise<RecordedRevocation[]> {
  return db.many(revocationRow)`SELECT * FROM session_end(${id}::uuid, ${userId}::uuid, ${reason})`;
}

/** Ends every live session of a user. */
export async function endAllSessions(db: Db, userId: string, reason: string): Promise<RecordedRevocation[]> {
  return db.many(revocationRow)`SELECT * FROM sessions_end_all(${userId}::uuid, ${reason})`;
}

/** Ends the live sessions of a user that were opened in one way. */
export async function endSessionsByMethod(
  db: Db,
  userId: string,
  method: string,
  reason: string,
): Promise<RecordedRevocation[]> {
  return db.many(revocationRow)`
    SELECT e.* FROM session s CROSS JOIN LATERAL session_end(s.id, s.user_id, ${reason}) e
     WHERE s.user_id = ${userId}::uuid AND s.method = ${method} AND s.ended_at IS NULL`;
}

const state = z.object({
  user_id: z.string(),
  tier: z.string(),
  lineage_id: z.string(),
  method: z.string(),
  live: z.boolean(),
  created_at: z.date(),
  operator_role: operatorRole.nullable(),
  role: role.nullable(),
  membership_status: z.enum(['active', 'disabled']).nullable(),
  organisation_status: z.enum(['active', 'suspended', 'archived']).nullable(),
  organisation_tier: z.string().nullable(),
});

/**
 * The state of a session, or `undefined` for one that never was or is long over; with the membership that `scope` names, where it is the user's.
 * In one statement: every introspection of a token asks it.
 */
export async function sessionState(db: Db, id: string, scope?: TokenScope): Promise<SessionState | undefined> {
  const row = await db.maybeOne(state)`
    SELECT s.user_id, a.tier, a.lineage_id, s.method, s.ended_at IS NULL AND s.expires_at > now() AND a.status = 'active' AS live,
           s.created_at, p.role AS operator_role, m.role, m.status AS membership_status, o.status AS organisation_status,
           o.tier AS organisation_tier
      FROM session s JOIN account a ON a.user_id = s.user_id
      LEFT JOIN operator p ON p.user_id = s.user_id
      LEFT JOIN (membership m JOIN organisation o ON o.id = m.organisation_id)
             ON m.id = ${scope?.membershipId ?? null}::uuid AND m.user_id = s.user_id AND m.organisation_id = ${scope?.organisationId ?? null}::uuid
     WHERE s.id = ${id}::uuid`;
  if (row === undefined) return undefined;
  return {
    userId: row.user_id,
    lineageId: row.lineage_id,
    tier: row.tier,
    method: row.method,
    live: row.live,
    openedAtMs: row.created_at.getTime(),
    operatorRole: row.operator_role ?? undefined,
    membership: membershipOf(row),
  };
}

function membershipOf(row: z.output<typeof state>): MembershipState | undefined {
  const {
    role: given,
    membership_status: status,
    organisation_status: organisationStatus,
    organisation_tier: tier,
  } = row;
  if (given === null || status === null || organisationStatus === null || tier === null) return undefined;
  return { role: given, status, organisationStatus, organisationTier: tier };
}

/** A user's live session, for one more access token; `undefined` where it ended meanwhile. */
export async function liveSession(
  { prisma }: Db,
  id: string,
  userId: string,
): Promise<{ userId: string; tier: string; method: string; expiresAt: Date } | undefined> {
  const found = await prisma.session.findFirst({
    where: { id, userId, endedAt: null, account: { status: 'active' } },
    select: { expiresAt: true, method: true, account: { select: { tier: true } } },
  });
  if (found === null) return undefined;
  return { userId, tier: found.account.tier, method: found.method, expiresAt: found.expiresAt };
}

const holder = z.object({ userId: z.string(), method: z.string() });

/** Whose session a refresh token can be exchanged in, and how it was opened, by the rules of the function `session_refresh`; `undefined` where it cannot. */
export function refreshTokenHolder(
  db: Db,
  { sessionId, digest, graceMs }: { readonly sessionId: string; readonly digest: Buffer; readonly graceMs: number },
): Promise<TokenHolder | undefined> {
  return db.maybeOne(holder)`
    SELECT s.user_id AS "userId", s.method FROM session s JOIN account a ON a.user_id = s.user_id AND a.status = 'active'
     WHERE s.id = ${sessionId}::uuid AND s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND s.idle_expires_at > clock_timestamp()
       AND (s.current_digest = ${digest}::bytea
            OR (s.previous_digest = ${digest}::bytea AND s.rotated_at + ${graceMs}::float8 * interval '1 millisecond' > clock_timestamp()))`;
}

/** A session as its owner may see it. */
export interface ListedSession {
  readonly id: string;
  readonly method: string;
  readonly device: string | null;
  readonly userAgent: string | null;
  readonly address: string | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** When it ends if it is not used again. */
  readonly expiresAt: Date;
}

const LISTED = {
  id: true,
  method: true,
  device: true,
  userAgent: true,
  address: true,
  createdAt: true,
  lastUsedAt: true,
  expiresAt: true,
  idleExpiresAt: true,
} as const;

/** A page of the sessions of a user that live at `now` (by the database's clock), newest first, and how many there are. */
export async function listLiveSessions(
  { prisma }: Db,
  userId: string,
  now: Date,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ items: ListedSession[]; total: number }> {
  const where = { userId, endedAt: null, expiresAt: { gt: now }, idleExpiresAt: { gt: now } };
  const orderBy = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];
  const [sessions, total] = await Promise.all([
    prisma.session.findMany({ where, select: LISTED, orderBy, take: limit, skip: offset }),
    prisma.session.count({ where }),
  ]);
  const items = sessions.map(({ idleExpiresAt, ...session }) => ({
    ...session,
    expiresAt: idleExpiresAt < session.expiresAt ? idleExpiresAt : session.expiresAt,
  }));
  return { items, total };
}
