import { z } from 'zod';
import { userStatus } from '@turnpike/contracts';
import { traceEvent, uuidv7 } from '@turnpike/service-kit';
import type { Db } from '../../database.ts';
import type { Prisma } from '../../generated/prisma/client.ts';
import type { KeyNamespace, NewUser, User } from '../domain/user.ts';
import { reportOf, type AuditEvent } from './audit-events.ts';

const userColumns = {
  id: z.string(),
  email: z.string().nullable(),
  email_verified: z.boolean(),
  display_name: z.string().nullable(),
  tier: z.string(),
  status: userStatus,
  created_at: z.date(),
  updated_at: z.date(),
};
const userRow = z.object(userColumns);

function toUser(row: z.output<typeof userRow>): User {
  return {
    id: row.id,
    email: row.email,
    emailVerified: row.email_verified,
    displayName: row.display_name,
    tier: row.tier,
    status: row.status,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

const USER = {
  id: true,
  email: true,
  emailVerified: true,
  displayName: true,
  tier: true,
  status: true,
  createdAt: true,
  updatedAt: true,
} satisfies Prisma.AppUserSelect;

function fromModel({ status, ...user }: Prisma.AppUserGetPayload<{ select: typeof USER }>): User {
  return { ...user, status: userStatus.parse(status) };
}

/** The user of an id, whatever its status; `undefined` for an id never given out. */
export async function findUser({ prisma }: Db, id: string): Promise<User | undefined> {
  const user = await prisma.appUser.findUnique({ where: { id }, select: USER });
  return user === null ? undefined : fromModel(user);
}

/** The user of a key, whatever its status. */
export async function findUserByKey({ prisma }: Db, namespace: KeyNamespace, key: string): Promise<User | undefined> {
  const where = { namespace_key: { namespace, key } };
  const identity = await prisma.externalIdentity.findUnique({ where, select: { user: { select: USER } } });
  return identity === null ? undefined : fromModel(identity.user);
}

export interface FindOrCreate {
  readonly namespace: KeyNamespace;
  readonly key: string;
  /** The id of a user that has to be made; a new one unless told. */
  readonly proposedId?: string | undefined;
  readonly fresh: NewUser;
  /** Whole credits of the first user of a lineage. */
  readonly signupCredits: number;
  /** The accounts that the person has or had, where that is known. */
  readonly lineageId?: string | undefined;
  /** Recorded if a user is made. */
  readonly auditEvent?: AuditEvent;
}

const foundOrCreated = z.object({ ...userColumns, created: z.boolean(), signup_credits: z.bigint() });

/**
 * Finds the user of a key, or creates it: the function `user_find_or_create`, in one round trip; of N concurrent calls with one key exactly
 * one creates. `grantedCredits`: whole credits of a user just created.
 */
export async function findOrCreateUser(
  db: Db,
  { namespace, key, proposedId = uuidv7(), fresh, signupCredits, lineageId, auditEvent }: FindOrCreate,
): Promise<{ user: User; created: boolean; grantedCredits: number }> {
  const report = auditEvent ? JSON.stringify(reportOf(auditEvent)) : null;
  const eventId = uuidv7();
  const row = await db.one(foundOrCreated)`
    SELECT * FROM user_find_or_create(${proposedId}::uuid, ${namespace}, ${key}, ${fresh.email}, ${fresh.emailVerified}::boolean,
      ${fresh.displayName}, ${fresh.tier}, ${eventId}::uuid, ${signupCredits}::bigint, ${report}::jsonb, ${lineageId ?? null}::uuid)`;
  if (row.created) await traceEvent(db.query, eventId);
  return { user: toUser(row), created: row.created, grantedCredits: Number(row.signup_credits) };
}

/** Members to change; those left out stay. */
export interface UserChange {
  readonly email?: string | null | undefined;
  readonly emailVerified?: boolean | undefined;
  readonly displayName?: string | null | undefined;
  readonly tier?: string | undefined;
}

const changedUser = z.object({ ...userColumns, tier_before: z.string() });

/** Changes a user and writes the event: the function `user_update`. `undefined` for a user that is unknown or deleted. */
export async function changeUser(
  db: Db,
  id: string,
  { email, emailVerified, displayName, tier }: UserChange,
): Promise<{ user: User; tierBefore: string } | undefined> {
  const eventId = uuidv7();
  const row = await db.maybeOne(changedUser)`
    SELECT * FROM user_update(${id}::uuid, ${email !== undefined}::boolean, ${email ?? null}, ${emailVerified ?? null}::boolean,
      ${displayName !== undefined}::boolean, ${displayName ?? null}, ${tier ?? null}, ${eventId}::uuid)`;
  if (row !== undefined) await traceEvent(db.query, eventId);
  return row && { user: toUser(row), tierBefore: row.tier_before };
}

const changedStatus = z.object({ ...userColumns, changed: z.boolean() });

/** Disables or enables a user and writes the event: the function `user_set_status`. `undefined` for a user that is unknown or deleted. */
export async function changeStatus(
  db: Db,
  id: string,
  status: 'active' | 'disabled',
): Promise<{ user: User; changed: boolean } | undefined> {
  const eventId = uuidv7();
  const row = await db.maybeOne(changedStatus)`SELECT * FROM user_set_status(${id}::uuid, ${status}, ${eventId}::uuid)`;
  if (row !== undefined) await traceEvent(db.query, eventId);
  return row && { user: toUser(row), changed: row.changed };
}

const followedPlan = z.object({ tier: z.string(), tier_before: z.string() });

/** Takes over what a person's plan gives and writes the event: the function `user_follow_plan`. `undefined` where there is nothing to change. */
export async function followPlan(
  db: Db,
  id: string,
  {
    tier,
    above,
    revision,
  }: { readonly tier: string | null; readonly above: readonly string[]; readonly revision: number },
): Promise<{ tier: string; tierBefore: string } | undefined> {
  const eventId = uuidv7();
  const row = await db.maybeOne(followedPlan)`
    SELECT * FROM user_follow_plan(${id}::uuid, ${tier}, ${[...above]}::text[], ${revision}::bigint, ${eventId}::uuid)`;
  if (row !== undefined) await traceEvent(db.query, eventId);
  return row && { tier: row.tier, tierBefore: row.tier_before };
}
