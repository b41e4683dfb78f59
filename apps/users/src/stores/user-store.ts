import { uuidv7, type SqlDatabase } from '@turnpike/service-kit';
import type { KeyNamespace, NewUser, User } from '../domain/user.ts';
import type { AppUser } from '../generated/prisma/client.ts';
import { reportOf, writeAuditEvent, type AuditEvent } from './audit-events.ts';
import type { Database } from './database.ts';

interface UserRow {
  readonly id: string;
  readonly email: string | null;
  readonly email_verified: boolean;
  readonly display_name: string | null;
  readonly tier: string;
  readonly status: User['status'];
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Members to change; those left out stay. */
interface UserChange {
  readonly email?: string | null | undefined;
  readonly emailVerified?: boolean | undefined;
  readonly displayName?: string | null | undefined;
  readonly tier?: string | undefined;
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

export interface UserStore {
  /** One round trip; of N concurrent calls with one key exactly one creates. `grantedCredits`: whole credits of a user just created. */
  findOrCreate(request: FindOrCreate): Promise<{ user: User; created: boolean; grantedCredits: number }>;
  /** Whatever its status; `undefined` for an id never given out. */
  byId(id: string): Promise<User | undefined>;
  byKey(namespace: KeyNamespace, key: string): Promise<User | undefined>;
  /** `auditEvent` is recorded if the tier changes. `undefined` for a user that is unknown or deleted. */
  update(id: string, change: UserChange, auditEvent: AuditEvent): Promise<User | undefined>;
  /** `auditEvent` is recorded if the status changes. `undefined` for a user that is unknown or deleted. */
  setStatus(id: string, status: 'active' | 'disabled', auditEvent: AuditEvent): Promise<User | undefined>;
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
    updatedAt: row.updated_at,
  };
}

/** The status column has a check constraint; Prisma types it as text. */
function fromModel({ id, email, emailVerified, displayName, tier, status, createdAt, updatedAt }: AppUser): User {
  return { id, email, emailVerified, displayName, tier, status: status as User['status'], createdAt, updatedAt };
}

/** Queries on users and their keys. */
export function createUserStore({ prisma, sql }: Database): UserStore {
  return {
    async findOrCreate({ namespace, key, proposedId = uuidv7(), fresh, signupCredits, lineageId, auditEvent }) {
      const [row] = await sql.query<UserRow & { created: boolean; signup_credits: bigint }>(
        'SELECT * FROM user_find_or_create($1::uuid, $2, $3, $4, $5::boolean, $6, $7, $8::uuid, $9::bigint, $10::jsonb, $11::uuid)',
        proposedId,
        namespace,
        key,
        fresh.email,
        fresh.emailVerified,
        fresh.displayName,
        fresh.tier,
        uuidv7(),
        signupCredits,
        auditEvent ? JSON.stringify(reportOf(auditEvent)) : null,
        lineageId ?? null,
      );
      if (!row) throw new Error('user_find_or_create returned no row');
      return { user: toUser(row), created: row.created, grantedCredits: Number(row.signup_credits) };
    },
    async byId(id) {
      const row = await prisma.appUser.findUnique({ where: { id } });
      return row ? fromModel(row) : undefined;
    },
    async byKey(namespace, key) {
      const row = await prisma.externalIdentity.findUnique({
        where: { namespace_key: { namespace, key } },
        include: { user: true },
      });
      return row ? fromModel(row.user) : undefined;
    },
    update: (id, change, auditEvent) => updateUser(sql, id, change, auditEvent),
    setStatus: (id, status, auditEvent) => setStatus(sql, id, status, auditEvent),
  };
}

function updateUser(
  sql: SqlDatabase,
  id: string,
  change: UserChange,
  auditEvent: AuditEvent,
): Promise<User | undefined> {
  return sql.transaction(async (query) => {
    const [row] = await query<UserRow & { tier_before: string }>(
      'SELECT * FROM user_update($1::uuid, $2::boolean, $3, $4::boolean, $5::boolean, $6, $7, $8::uuid)',
      id,
      change.email !== undefined,
      change.email ?? null,
      change.emailVerified ?? null,
      change.displayName !== undefined,
      change.displayName ?? null,
      change.tier ?? null,
      uuidv7(),
    );
    if (!row) return undefined;
    if (row.tier !== row.tier_before) {
      await writeAuditEvent(
        query,
        { ...auditEvent, detail: { ...auditEvent.detail, tier: row.tier, tier_before: row.tier_before } },
        id,
      );
    }
    return toUser(row);
  });
}

function setStatus(
  sql: SqlDatabase,
  id: string,
  status: 'active' | 'disabled',
  auditEvent: AuditEvent,
): Promise<User | undefined> {
  return sql.transaction(async (query) => {
    const [row] = await query<UserRow & { changed: boolean }>(
      'SELECT * FROM user_set_status($1::uuid, $2, $3::uuid)',
      id,
      status,
      uuidv7(),
    );
    if (!row) return undefined;
    if (row.changed) await writeAuditEvent(query, { ...auditEvent, detail: { ...auditEvent.detail, status } }, id);
    return toUser(row);
  });
}
