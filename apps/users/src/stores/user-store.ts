import { uuidv7 } from '@turnpike/service-kit';
import type { KeyNamespace, NewUser, User } from '../domain/user.ts';
import type { AppUser, PrismaClient } from '../generated/prisma/client.ts';

interface UserRow {
  readonly id: string;
  readonly email: string | null;
  readonly email_verified: boolean;
  readonly display_name: string | null;
  readonly tier: string;
  readonly status: User['status'];
  readonly created_at: Date;
}

/** Members to change; those left out stay. */
export interface UserChange {
  readonly email?: string | null | undefined;
  readonly emailVerified?: boolean | undefined;
  readonly displayName?: string | null | undefined;
  readonly tier?: string | undefined;
}

function toUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    emailVerified: row.email_verified,
    displayName: row.display_name,
    tier: row.tier,
    status: row.status,
    createdAt: row.created_at,
  };
}

/** The status column has a check constraint; Prisma types it as text. */
function fromModel({ id, email, emailVerified, displayName, tier, status, createdAt }: AppUser): User {
  return { id, email, emailVerified, displayName, tier, status: status as User['status'], createdAt };
}

export interface UserStore {
  /** One round trip; of N concurrent calls with one key exactly one creates. */
  findOrCreate(namespace: KeyNamespace, key: string, fresh: NewUser, signupCredits: number): Promise<{ user: User; created: boolean }>;
  /** Whatever its status; `undefined` for an id never given out. */
  byId(id: string): Promise<User | undefined>;
  byKey(namespace: KeyNamespace, key: string): Promise<User | undefined>;
  /** `undefined` for a user that is unknown or deleted. */
  update(id: string, change: UserChange): Promise<User | undefined>;
  /** `undefined` for a user that is unknown or deleted. */
  setStatus(id: string, status: 'active' | 'disabled'): Promise<User | undefined>;
}

/** Queries on users and their keys. */
export function createUserStore(prisma: PrismaClient): UserStore {
  return {
    async findOrCreate(namespace, key, fresh, signupCredits) {
      const [row] = await prisma.$queryRaw<(UserRow & { created: boolean })[]>`
        SELECT * FROM user_find_or_create(
          ${uuidv7()}::uuid, ${namespace}, ${key},
          ${fresh.email}, ${fresh.emailVerified}, ${fresh.displayName}, ${fresh.tier},
          ${uuidv7()}::uuid, ${signupCredits}::bigint)`;
      if (!row) throw new Error('user_find_or_create gave no row');
      return { user: toUser(row), created: row.created };
    },
    async byId(id) {
      const row = await prisma.appUser.findUnique({ where: { id } });
      return row ? fromModel(row) : undefined;
    },
    async byKey(namespace, key) {
      const row = await prisma.externalIdentity.findUnique({ where: { namespace_key: { namespace, key } }, include: { user: true } });
      return row ? fromModel(row.user) : undefined;
    },
    async update(id, change) {
      const [row] = await prisma.$queryRaw<UserRow[]>`
        SELECT * FROM user_update(
          ${id}::uuid,
          ${change.email !== undefined}, ${change.email ?? null}, ${change.emailVerified ?? null}::boolean,
          ${change.displayName !== undefined}, ${change.displayName ?? null},
          ${change.tier ?? null}, ${uuidv7()}::uuid)`;
      return row ? toUser(row) : undefined;
    },
    async setStatus(id, status) {
      const [row] = await prisma.$queryRaw<UserRow[]>`SELECT * FROM user_set_status(${id}::uuid, ${status}, ${uuidv7()}::uuid)`;
      return row ? toUser(row) : undefined;
    },
  };
}
