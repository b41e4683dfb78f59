import { z } from 'zod';
import { ADMIN_COUNTED_MAX, configValue, isConfigKey, type ConfigKey } from '@turnpike/contracts';
import { column } from '@turnpike/service-kit';
import type { Db } from '../../database.ts';
import type { ConfigJson, StoredValue } from '../domain/chain.ts';

/** The organisation that the system's values are of. */
const SYSTEM = '00000000-0000-0000-0000-000000000000';

const row = z.object({
  organisationId: z.string(),
  key: z.custom<ConfigKey>((key) => typeof key === 'string' && isConfigKey(key)),
  value: configValue.nullable(),
  sealed: column.bytes.nullable(),
  isLocked: z.boolean(),
  version: z.number(),
  updatedBy: z.string().nullable(),
  updatedAt: z.date(),
});

/** Values of the two places that hold for an organisation, by key. */
export interface StoredChain {
  system(key: ConfigKey): StoredValue | undefined;
  own(key: ConfigKey): StoredValue | undefined;
}

/** What is set of these keys for everybody, and by an organisation. */
export async function findValues(
  db: Db,
  organisationId: string | undefined,
  keys: readonly ConfigKey[],
): Promise<StoredChain> {
  const found = await db.many(row)`
    SELECT organisation_id AS "organisationId", key, value, sealed, is_locked AS "isLocked", version, updated_by AS "updatedBy", updated_at AS "updatedAt"
      FROM config_value WHERE organisation_id = ANY (${[SYSTEM, organisationId ?? SYSTEM]}::uuid[]) AND key = ANY (${[...keys]}::text[])`;
  const at = (place: string) =>
    new Map(found.filter((each) => each.organisationId === place).map((each) => [each.key, each]));
  const [system, own] = [at(SYSTEM), at(organisationId ?? '')];
  return { system: (key) => system.get(key), own: (key) => own.get(key) };
}

const override = z.object({ organisationId: z.string(), value: configValue });

/** Organisations with a value of their own of a key that is no secret, by id, after one of them. */
export async function findOverrides(
  db: Db,
  key: ConfigKey,
  after: string | undefined,
  limit: number,
): Promise<z.output<typeof override>[]> {
  return db.many(override)`
    SELECT organisation_id AS "organisationId", value FROM config_value
     WHERE key = ${key} AND value IS NOT NULL AND organisation_id > ${after ?? SYSTEM}::uuid ORDER BY organisation_id LIMIT ${limit}::int`;
}

/** Locks the row of a key in one place, and makes it where it is missing. */
export async function lockValue(db: Db, organisationId: string | undefined, key: ConfigKey): Promise<StoredValue> {
  const place = organisationId ?? SYSTEM;
  await db.prisma
    .$executeRaw`INSERT INTO config_value (organisation_id, key) VALUES (${place}::uuid, ${key}) ON CONFLICT DO NOTHING`;
  return db.one(row)`
    SELECT organisation_id AS "organisationId", key, value, sealed, is_locked AS "isLocked", version, updated_by AS "updatedBy", updated_at AS "updatedAt"
      FROM config_value WHERE organisation_id = ${place}::uuid AND key = ${key} FOR UPDATE`;
}

/** What a place is to hold of a key. */
export interface NextValue {
  readonly value: ConfigJson | null;
  readonly sealed: Uint8Array | null;
  readonly isLocked: boolean;
  readonly updatedBy: string | null;
}

/** Writes the next version of a locked row. */
export async function writeValue(
  { prisma }: Db,
  organisationId: string | undefined,
  key: ConfigKey,
  { value, sealed, isLocked, updatedBy }: NextValue,
): Promise<void> {
  const json = value === null ? null : JSON.stringify(value);
  await prisma.$executeRaw`
    UPDATE config_value SET value = ${json}::jsonb, sealed = ${sealed}::bytea, is_locked = ${isLocked}, updated_by = ${updatedBy}::uuid,
           version = version + 1, updated_at = clock_timestamp()
     WHERE organisation_id = ${organisationId ?? SYSTEM}::uuid AND key = ${key}`;
}

/** How many organisations have a value of their own of each key; 10,000 at most are counted. */
export async function countOverrides(db: Db, keys: readonly ConfigKey[]): Promise<ReadonlyMap<string, number>> {
  const counts = await db.many(z.object({ key: z.string(), overrides: z.number() }))`
    SELECT k.key, counted.overrides FROM unnest(${[...keys]}::text[]) AS k (key)
     CROSS JOIN LATERAL (
       SELECT count(*)::int AS overrides FROM (
         SELECT 1 FROM config_value v
          WHERE v.key = k.key AND (v.value IS NOT NULL OR v.sealed IS NOT NULL) AND v.organisation_id <> ${SYSTEM}::uuid
          LIMIT ${ADMIN_COUNTED_MAX}::int) AS found) AS counted`;
  return new Map(counts.map(({ key, overrides }) => [key, overrides]));
}

const secretRow = z.object({
  organisationId: z.string().nullable(),
  key: z.custom<ConfigKey>((key) => typeof key === 'string'),
  sealed: column.bytes,
});

/** Secrets that are sealed otherwise than `mark` says, after a place and key, in their order. */
export function secretsWithoutMark(
  db: Db,
  mark: Buffer,
  after: { readonly organisationId: string | null; readonly key: string } | undefined,
  limit: number,
): Promise<z.output<typeof secretRow>[]> {
  return db.many(secretRow)`
    SELECT nullif(organisation_id, ${SYSTEM}::uuid) AS "organisationId", key, sealed FROM config_value
     WHERE sealed IS NOT NULL AND substring(sealed FROM 1 FOR ${mark.length}::int) <> ${mark}::bytea
       AND (organisation_id, key) > (${after?.organisationId ?? SYSTEM}::uuid, ${after?.key ?? ''})
     ORDER BY organisation_id, key LIMIT ${limit}::int`;
}

/** Puts a secret that was sealed anew in the place of the old one, unless the row has changed since. The value is the same, so nobody is told. */
export async function replaceSealed(
  { prisma }: Db,
  { organisationId, key, sealed }: z.output<typeof secretRow>,
  fresh: Buffer,
): Promise<void> {
  await prisma.$executeRaw`
    UPDATE config_value SET sealed = ${fresh}::bytea
     WHERE organisation_id = ${organisationId ?? SYSTEM}::uuid AND key = ${key} AND sealed = ${sealed}::bytea`;
}

const change = z.object({ organisationId: z.string().nullable(), key: z.string(), version: z.number() });

/** A change that is not on the stream yet. `organisationId` is null where it is for everybody. */
export type UnannouncedChange = Readonly<z.output<typeof change>>;

/** Changes that are not on the stream yet, oldest first. */
export function unannouncedChanges(db: Db, limit: number): Promise<UnannouncedChange[]> {
  return db.many(change)`
    SELECT nullif(organisation_id, ${SYSTEM}::uuid) AS "organisationId", key, version FROM config_value
     WHERE announced_version < version ORDER BY updated_at LIMIT ${limit}::int`;
}

/** Notes what is on the stream now. */
export async function markAnnounced({ prisma }: Db, changes: readonly UnannouncedChange[]): Promise<void> {
  await prisma.$executeRaw`
    UPDATE config_value v SET announced_version = greatest(v.announced_version, a.version)
      FROM unnest(${changes.map(({ organisationId }) => organisationId ?? SYSTEM)}::uuid[], ${changes.map(({ key }) => key)}::text[],
                  ${changes.map(({ version }) => version)}::int[]) AS a (organisation_id, key, version)
     WHERE v.organisation_id = a.organisation_id AND v.key = a.key`;
}
