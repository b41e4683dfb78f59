import { z } from 'zod';
import type { Db } from '../../database.ts';
import type { PolicySetName } from '../stored-policy.ts';

/** Sets that are read at once of those that have changed. */
const CHANGES_MAX = 1_000;

const clock = z.object({ revision: z.bigint() });

/**
 * Begins a change of policies: no other one runs until the transaction ends, so that revisions become visible in their order. Returns the revision of
 * this one.
 */
export async function nextRevision(db: Db): Promise<bigint> {
  return (await db.one(clock)`UPDATE policy_clock SET revision = revision + 1 RETURNING revision`).revision;
}

/** Says that a set has changed. */
export async function announce(
  { prisma }: Db,
  { organisationId, environment }: PolicySetName,
  revision: bigint,
): Promise<void> {
  await prisma.policySetRevision.upsert({
    where: { organisationId_environment: { organisationId, environment } },
    create: { organisationId, environment, revision },
    update: { revision },
  });
}

/** The last revision. */
export async function lastRevision(db: Db): Promise<bigint> {
  return (await db.one(clock)`SELECT revision FROM policy_clock`).revision;
}

/** Sets that have changed since a revision, in their order; more may follow where there are `CHANGES_MAX`. */
export function changedSince({ prisma }: Db, revision: bigint): Promise<(PolicySetName & { revision: bigint })[]> {
  return prisma.policySetRevision.findMany({
    where: { revision: { gt: revision } },
    orderBy: { revision: 'asc' },
    take: CHANGES_MAX,
  });
}
