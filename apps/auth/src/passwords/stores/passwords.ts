import { z } from 'zod';
import type { Db } from '../../database.ts';
import { NETWORK_KNOWN_DAYS, type CodeAsker } from '../../email-codes/domain/verification.ts';

/** A password as it is stored. */
export interface StoredPassword {
  readonly userId: string;
  /** The argon2id hash as a PHC string. */
  readonly phc: string;
  /** Another one with each password. */
  readonly revision: string;
}

/** What a sign-in with an address begins with: its password, and whether the client's network signed in to it lately. */
export interface SignInState {
  readonly password: StoredPassword | undefined;
  readonly known: boolean;
}

const signInState = z.object({
  user_id: z.string().nullable(),
  phc: z.string().nullable(),
  revision: z.string().nullable(),
  known: z.boolean(),
});

/** Reads both in one round trip, which takes the same whether or not there is a password. */
export async function readSignInState(
  db: Db,
  email: string,
  { recipients, networks }: CodeAsker,
): Promise<SignInState> {
  const row = await db.one(signInState)`
    SELECT p.user_id, p.phc, p.revision,
           is_known_network(${recipients}::bytea[], ${networks}::bytea[], ${NETWORK_KNOWN_DAYS}::int * interval '1 day') AS known
      FROM (SELECT 1) AS always
      LEFT JOIN identity i ON i.provider = 'email' AND i.subject = ${email}
      LEFT JOIN password p ON p.user_id = i.user_id`;
  const { user_id: userId, phc, revision, known } = row;
  const password = userId === null || phc === null || revision === null ? undefined : { userId, phc, revision };
  return { password, known };
}

/** The revision of a user's password, or `undefined`. */
export async function passwordRevision({ prisma }: Db, userId: string): Promise<string | undefined> {
  return (await prisma.password.findUnique({ where: { userId }, select: { revision: true } }))?.revision;
}

/** Gives an active account its first password. Returns false where it has one, or is not active. Run it in a transaction. */
export async function addPassword(db: Db, userId: string, phc: string): Promise<boolean> {
  if (!(await lockActiveAccount(db, userId))) return false;
  const { count } = await db.prisma.password.createMany({ data: { userId, phc }, skipDuplicates: true });
  return count === 1;
}

/** The same for an account whose address nobody has proven: false also where somebody has by now. Run it in a transaction. */
export async function addUnprovenPassword(db: Db, userId: string, email: string, phc: string): Promise<boolean> {
  const unproven = await db.maybeOne(z.object({ id: z.string() }))`
    SELECT id FROM identity
     WHERE user_id = ${userId}::uuid AND provider = 'email' AND subject = ${email} AND NOT email_verified FOR UPDATE`;
  return unproven !== undefined && addPassword(db, userId, phc);
}

/**
 * Puts a password in the place of the one with this revision; `undefined`: of none. Returns false where another was put there since, or the
 * account is not active. Run it in a transaction.
 */
export async function replacePassword(
  db: Db,
  userId: string,
  revision: string | undefined,
  phc: string,
): Promise<boolean> {
  if (revision === undefined) return addPassword(db, userId, phc);
  if (!(await lockActiveAccount(db, userId))) return false;
  const replaced = await db.maybeOne(z.object({ revision: z.string() }))`
    UPDATE password SET phc = ${phc}, revision = gen_random_uuid(), changed_at = clock_timestamp()
     WHERE user_id = ${userId}::uuid AND revision = ${revision}::uuid RETURNING revision`;
  return replaced !== undefined;
}

/** Keeps the same password under a newer hash, unless it was changed meanwhile. */
export async function rehashPassword({ prisma }: Db, { userId, revision }: StoredPassword, phc: string): Promise<void> {
  await prisma.password.updateMany({ where: { userId, revision }, data: { phc } });
}

/** Notes that a network signed in to an address. */
export async function noteNetwork(db: Db, { recipients, networks }: CodeAsker): Promise<void> {
  await db.prisma.$executeRaw`
    INSERT INTO known_network (recipient_digest, network_digest, signed_in_at)
    VALUES (${recipients[0]}::bytea, ${networks[0]}::bytea, clock_timestamp())
    ON CONFLICT (recipient_digest, network_digest) DO UPDATE SET signed_in_at = excluded.signed_in_at`;
}

/** Whoever changes a password holds the account's row, as whoever opens a session does: of the two, one comes first. */
async function lockActiveAccount(db: Db, userId: string): Promise<boolean> {
  const locked = await db.maybeOne(z.object({ user_id: z.string() }))`
    SELECT user_id FROM account WHERE user_id = ${userId}::uuid AND status = 'active' FOR NO KEY UPDATE`;
  return locked !== undefined;
}
