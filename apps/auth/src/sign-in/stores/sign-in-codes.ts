import { z } from 'zod';
import type { Db } from '../../database.ts';
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
export async function insertSignInCode({ prisma }: Db, code: NewSignInCode, ttlSeconds: number): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO sign_in_code (digest, user_id, method, code_challenge, expires_at)
    VALUES (${code.digest}::bytea, ${code.userId}::uuid, ${code.method}, ${code.codeChallenge},
      clock_timestamp() + ${ttlSeconds}::int * interval '1 second')`;
}

export type Redemption =
  | { readonly outcome: 'opened'; readonly userId: string; readonly tier: string; readonly expiresAt: Date }
  | { readonly outcome: 'reused'; readonly revocations: readonly RecordedRevocation[] }
  | { readonly outcome: 'disabled'; readonly userId: string }
  | { readonly outcome: 'unknown' | 'expired' | 'challenge' | 'deleted' };

const redeemed = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('opened'), user_id: z.string(), tier: z.string(), expires_at: z.date() }),
  z.object({
    outcome: z.literal('reused'),
    session_id: z.string().nullable(),
    revocation_id: z.bigint().nullable(),
    revocation_at: z.date().nullable(),
  }),
  z.object({ outcome: z.literal('disabled'), user_id: z.string() }),
  z.object({ outcome: z.enum(['unknown', 'expired', 'challenge', 'deleted']) }),
]);

/** Redeems a code and opens its session, both or neither: the function `sign_in_code_redeem`. */
export async function redeemSignInCode(
  db: Db,
  code: { readonly digest: Buffer; readonly codeChallenge: string | null },
  session: SessionDraft,
  { device, userAgent, address, requestId }: ClientInfo,
): Promise<Redemption> {
  const row = await db.one(redeemed)`
    SELECT * FROM sign_in_code_redeem(${code.digest}::bytea, ${code.codeChallenge}, ${session.id}::uuid, ${session.digest}::bytea,
      ${device ?? null}, ${userAgent?.slice(0, USER_AGENT_CHARS_MAX) ?? null}, ${address ?? null}, ${requestId ?? null},
      ${session.idleMs}::float8 * interval '1 millisecond', ${session.absoluteMs}::float8 * interval '1 millisecond')`;
  switch (row.outcome) {
    case 'opened':
      return { outcome: 'opened', userId: row.user_id, tier: row.tier, expiresAt: row.expires_at };
    case 'reused': {
      const { revocation_id: id, session_id: target, revocation_at: at } = row;
      // All three are null where the session had ended before.
      if (id === null || target === null || at === null) return { outcome: 'reused', revocations: [] };
      return { outcome: 'reused', revocations: [{ id, kind: 'session', target_id: target, at }] };
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
