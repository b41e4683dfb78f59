import { z } from 'zod';
import { operatorRole, type OperatorRole } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import { SHOWN_ADDRESS } from './shown-address.ts';

/** A person as auth knows them. */
export interface Person {
  readonly id: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly hasPassword: boolean;
  /** `null` for who is no operator. */
  readonly operatorRole: OperatorRole | null;
  readonly createdAt: Date;
}

const person = z.object({
  id: z.string(),
  email: z.string().nullable(),
  emailVerified: z.boolean(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  hasPassword: z.boolean(),
  operatorRole: operatorRole.nullable(),
  createdAt: z.date(),
});

/** The person of an account, or `undefined`. */
export function findPerson(db: Db, userId: string): Promise<Person | undefined> {
  return db.maybeOne(person)`
    SELECT a.user_id AS id, i.email, coalesce(i.email_verified, false) AS "emailVerified",
           a.first_name AS "firstName", a.last_name AS "lastName", a.created_at AS "createdAt",
           EXISTS (SELECT FROM password p WHERE p.user_id = a.user_id) AS "hasPassword",
           (SELECT p.role FROM operator p WHERE p.user_id = a.user_id) AS "operatorRole"
      FROM account a
      ${SHOWN_ADDRESS}
     WHERE a.user_id = ${userId}::uuid AND a.status <> 'deleted'`;
}

/** Notes a person's names, unless some are known. */
export async function noteNames(
  { prisma }: Db,
  userId: string,
  firstName: string | null,
  lastName: string | null,
): Promise<void> {
  if (firstName === null && lastName === null) return;
  await prisma.account.updateMany({
    where: { userId, status: { not: 'deleted' }, firstName: null, lastName: null },
    data: { firstName, lastName },
  });
}

/** The name that a person chose for themselves, in place of what they signed up with: a name is shown as one, wherever its parts are asked for. */
export async function setName({ prisma }: Db, userId: string, name: string): Promise<void> {
  await prisma.account.updateMany({
    where: { userId, status: { not: 'deleted' } },
    data: { firstName: name, lastName: null },
  });
}
