import { z } from 'zod';
import { operatorRole, userStatus, type OperatorRole, type UserStatus } from '@turnpike/contracts';
import { SHOWN_ADDRESS } from '../../account/stores/shown-address.ts';
import type { Db } from '../../database.ts';

const operator = z.object({
  userId: z.string(),
  email: z.string().nullable(),
  role: operatorRole,
  grantedAt: z.date(),
  grantedBy: z.string(),
  lastLoginAt: z.date().nullable(),
});

/** A person who operates this installation. */
export type Operator = Readonly<z.output<typeof operator>>;

/** All operators, first granted first. */
export function listOperators(db: Db): Promise<Operator[]> {
  return db.many(operator)`
    SELECT p.user_id AS "userId", i.email, p.role, p.granted_at AS "grantedAt", p.granted_by AS "grantedBy", a.last_login_at AS "lastLoginAt"
      FROM operator p JOIN account a ON a.user_id = p.user_id ${SHOWN_ADDRESS} ORDER BY p.granted_at, p.user_id`;
}

const candidate = z.object({
  status: userStatus,
  shared: z.boolean(),
  email: z.string().nullable(),
  role: operatorRole.nullable(),
});

/** An account that may become an operator, or is one. */
export interface Candidate {
  readonly status: UserStatus;
  /** Everybody shares it (demo). */
  readonly shared: boolean;
  readonly email: string | null;
  readonly role: OperatorRole | undefined;
}

/** An account, locked until the transaction ends; `undefined` for an id that is none's. */
export async function lockCandidate(db: Db, userId: string): Promise<Candidate | undefined> {
  const row = await db.maybeOne(candidate)`
    SELECT a.status, i.email, p.role, EXISTS (SELECT FROM identity d WHERE d.user_id = a.user_id AND d.provider = 'demo') AS shared
      FROM account a LEFT JOIN operator p ON p.user_id = a.user_id ${SHOWN_ADDRESS}
     WHERE a.user_id = ${userId}::uuid FOR NO KEY UPDATE OF a`;
  return row && { ...row, role: row.role ?? undefined };
}

/** The account of a development token with this address, or `undefined`. */
export async function developmentAccount({ prisma }: Db, subject: string): Promise<string | undefined> {
  const where = { provider_subject: { provider: 'dev', subject } };
  return (await prisma.identity.findUnique({ where, select: { userId: true } }))?.userId;
}

/** Gives an account a role, and has the edges ask about its sessions anew. */
export async function saveOperator({ prisma }: Db, userId: string, role: OperatorRole, by: string): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO operator (user_id, role, granted_by) VALUES (${userId}::uuid, ${role}, ${by})
    ON CONFLICT (user_id) DO UPDATE SET role = excluded.role, granted_by = excluded.granted_by, granted_at = clock_timestamp()`;
  await prisma.revocation.create({ data: { kind: 'account', targetId: userId } });
}

/** Takes the role from an account, and has the edges ask about its sessions anew. */
export async function deleteOperator({ prisma }: Db, userId: string): Promise<void> {
  await prisma.operator.deleteMany({ where: { userId } });
  await prisma.revocation.create({ data: { kind: 'account', targetId: userId } });
}
