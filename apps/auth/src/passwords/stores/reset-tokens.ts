import { z } from 'zod';
import type { Db } from '../../database.ts';

/** A mailed way to choose a new password. */
export interface ResetToken {
  readonly email: string;
  /** Of the password that it may replace; `undefined` where there was none. */
  readonly revision: string | undefined;
}

/** Keeps a token by its digest, in the place of the one that the address and the client network had before. */
export async function saveResetToken(
  db: Db,
  digest: Buffer,
  { email, revision = null }: { readonly email: string; readonly revision?: string | null | undefined },
  networkDigest: Buffer | undefined,
  lifeSeconds: number,
): Promise<void> {
  await db.prisma.$executeRaw`
    INSERT INTO reset_token (digest, email, network_digest, password_revision, expires_at)
    VALUES (${digest}::bytea, ${email}, ${networkDigest}::bytea, ${revision}::uuid,
            clock_timestamp() + ${lifeSeconds}::int * interval '1 second')
    ON CONFLICT (email, network_digest) DO UPDATE
       SET digest = excluded.digest, password_revision = excluded.password_revision, created_at = clock_timestamp(),
           expires_at = excluded.expires_at`;
}

const resetToken = z.object({ email: z.string(), revision: z.string().nullable() });

/** A token that has not expired, or `undefined`. Looking uses nothing up. */
export async function findResetToken(db: Db, digest: Buffer): Promise<ResetToken | undefined> {
  const row = await db.maybeOne(resetToken)`
    SELECT email, password_revision AS revision FROM reset_token
     WHERE digest = ${digest}::bytea AND expires_at > clock_timestamp()`;
  return row === undefined ? undefined : { email: row.email, revision: row.revision ?? undefined };
}

/** Uses a token up. Of any number of calls at once one finds it. */
export async function takeResetToken(db: Db, digest: Buffer): Promise<boolean> {
  const taken = await db.maybeOne(z.object({ email: z.string() }))`
    DELETE FROM reset_token WHERE digest = ${digest}::bytea AND expires_at > clock_timestamp() RETURNING email`;
  return taken !== undefined;
}

/** Forgets every token of an address: its password has changed. */
export async function dropResetTokens({ prisma }: Db, email: string): Promise<void> {
  await prisma.resetToken.deleteMany({ where: { email } });
}
