import { z } from 'zod';
import type { PolicyInput } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import type { Prisma } from '../../generated/prisma/client.ts';
import { ruleIn, type PolicySetName, type StoredPolicy, type StoredVersion } from '../stored-policy.ts';

/** The rows that make up a set: those that were not deleted. */
const inForce = ({ organisationId, environment }: PolicySetName) => ({ organisationId, environment, deletedAt: null });
const oldestFirst = { id: 'asc' } as const;

/** All policies of a set, oldest first. */
export async function policiesOf({ prisma }: Db, set: PolicySetName): Promise<StoredPolicy[]> {
  return (await prisma.policy.findMany({ where: inForce(set), orderBy: oldestFirst })).map(policyIn);
}

export async function pageOfPolicies(
  { prisma }: Db,
  set: PolicySetName,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ items: StoredPolicy[]; total: number }> {
  const where = inForce(set);
  const [rows, total] = await Promise.all([
    prisma.policy.findMany({ where, orderBy: oldestFirst, take: limit, skip: offset }),
    prisma.policy.count({ where }),
  ]);
  return { items: rows.map(policyIn), total };
}

export async function findPolicy({ prisma }: Db, set: PolicySetName, id: string): Promise<StoredPolicy | undefined> {
  const row = await prisma.policy.findFirst({ where: { ...inForce(set), id } });
  return row === null ? undefined : policyIn(row);
}

export async function pageOfVersions(
  { prisma }: Db,
  policyId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ items: StoredVersion[]; total: number }> {
  const where = { policyId };
  const [rows, total] = await Promise.all([
    prisma.policyVersion.findMany({ where, orderBy: { version: 'desc' }, take: limit, skip: offset }),
    prisma.policyVersion.count({ where }),
  ]);
  return { items: rows.map((row) => ({ ...row, rule: ruleIn(row.rule) })), total };
}

/** A policy at one of its versions, also where it was deleted since; `undefined` where it is no longer kept. */
export async function findVersion({ prisma }: Db, policyId: string, version: number): Promise<PolicyInput | undefined> {
  const row = await prisma.policyVersion.findUnique({ where: { policyId_version: { policyId, version } } });
  return row === null ? undefined : ruleIn(row.rule);
}

const size = z.object({ policies: z.int(), chars: z.int() });

/** How many policies a set has without one of them, and how long they are together as JSON, in characters. */
export function sizeOf(db: Db, { organisationId, environment }: PolicySetName, without: string) {
  return db.one(size)`
    SELECT count(*)::int AS policies, coalesce(sum(length(rule::text)), 0)::int AS chars FROM policy
     WHERE organisation_id = ${organisationId}::uuid AND environment = ${environment} AND deleted_at IS NULL AND id <> ${without}::uuid`;
}

/** What is written of a policy at a version. */
export interface PolicyChange {
  readonly id: string;
  readonly version: number;
  readonly rule: PolicyInput;
  readonly by: string;
}

export async function insertPolicy(
  { prisma }: Db,
  { organisationId, environment }: PolicySetName,
  { id, version, rule, by }: PolicyChange,
): Promise<StoredPolicy> {
  const row = await prisma.policy.create({
    data: { id, organisationId, environment, version, rule: jsonOf(rule), createdBy: by },
  });
  await prisma.policyVersion.create({ data: { policyId: id, version, rule: jsonOf(rule), changedBy: by } });
  return policyIn(row);
}

export async function updatePolicy({ prisma }: Db, { id, version, rule, by }: PolicyChange): Promise<StoredPolicy> {
  const row = await prisma.policy.update({
    where: { id },
    data: { version, rule: jsonOf(rule), updatedAt: new Date() },
  });
  await prisma.policyVersion.create({ data: { policyId: id, version, rule: jsonOf(rule), changedBy: by } });
  return policyIn(row);
}

export async function markDeleted({ prisma }: Db, id: string): Promise<void> {
  await prisma.policy.update({ where: { id }, data: { deletedAt: new Date() } });
}

interface Row extends Omit<StoredPolicy, 'rule'> {
  readonly rule: unknown;
}

function policyIn({ id, version, rule, createdBy, createdAt, updatedAt }: Row): StoredPolicy {
  return { id, version, rule: ruleIn(rule), createdBy, createdAt, updatedAt };
}

/** What JSON leaves out is left out. */
function jsonOf(rule: PolicyInput): Prisma.InputJsonObject {
  return JSON.parse(JSON.stringify(rule)) as Prisma.InputJsonObject;
}
