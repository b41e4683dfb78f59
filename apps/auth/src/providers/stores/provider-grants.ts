import { z } from 'zod';
import { column } from '@turnpike/service-kit';
import type { Db } from '../../database.ts';

/** Keeps the latest refresh token of a user's connection with one of our clients. */
export async function saveProviderGrant(
  { prisma }: Db,
  grant: { readonly userId: string; readonly provider: string; readonly clientId: string; readonly sealed: Buffer },
): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO provider_grant (user_id, provider, client_id, token_sealed)
    VALUES (${grant.userId}::uuid, ${grant.provider}, ${grant.clientId}, ${grant.sealed}::bytea)
    ON CONFLICT (user_id, provider, client_id) DO UPDATE SET token_sealed = excluded.token_sealed, created_at = now()`;
}

/** Forgets a user's connections with a provider that the provider itself has ended. */
export async function forgetProviderGrants({ prisma }: Db, userId: string, provider: string): Promise<void> {
  await prisma.providerGrant.deleteMany({ where: { userId, provider } });
}

/** A connection that is to be ended at its provider. */
export interface PendingRevocation {
  readonly id: string;
  readonly clientId: string;
  readonly sealed: Buffer;
  /** With this one. */
  readonly attempts: number;
}

const pending = z.object({ id: z.string(), client_id: z.string(), token_sealed: column.bytes, attempts: z.int() });

/**
 * Takes the connection that has waited longest, and puts its next attempt off with a growing pause, so a crash after this is a failed
 * attempt like any other. Instances never take the same one.
 */
export async function takeProviderRevocation(db: Db, provider: string): Promise<PendingRevocation | undefined> {
  const row = await db.maybeOne(pending)`
    UPDATE provider_revocation r
       SET attempts = r.attempts + 1,
           next_attempt_at = clock_timestamp() + least(power(2, least(r.attempts, 20)), 21600) * interval '1 second'
     WHERE r.id = (
       SELECT p.id FROM provider_revocation p
        WHERE p.provider = ${provider} AND p.next_attempt_at <= now()
        ORDER BY p.next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, client_id, token_sealed, attempts`;
  if (row === undefined) return undefined;
  return { id: row.id, clientId: row.client_id, sealed: Buffer.from(row.token_sealed), attempts: row.attempts };
}

/** The connection has ended. */
export async function finishProviderRevocation({ prisma }: Db, id: string): Promise<void> {
  await prisma.providerRevocation.deleteMany({ where: { id } });
}
