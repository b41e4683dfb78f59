import type { PolicySeverity, ViolationStatus } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import type { Prisma, Violation } from '../../generated/prisma/client.ts';

/** Which violations of an organisation in one environment. */
export interface ViolationFilter {
  readonly organisationId: string;
  readonly environment: string;
  readonly from: Date;
  readonly to: Date;
  readonly type: string | undefined;
  readonly severity: PolicySeverity | undefined;
  readonly action: string | undefined;
  readonly policyId: string | undefined;
  readonly keyId: string | undefined;
  readonly status: ViolationStatus | undefined;
  readonly requestId: string | undefined;
}

export type StoredViolation = Violation;

/** A page, newest first; `before`: those after this one. */
export async function listViolationsOf(
  { prisma }: Db,
  filter: ViolationFilter,
  {
    limit,
    offset,
    before,
  }: { readonly limit: number; readonly offset: number; readonly before: StoredViolation | undefined },
): Promise<StoredViolation[]> {
  return prisma.violation.findMany({
    where: {
      ...whereOf(filter),
      ...(before === undefined
        ? {}
        : { OR: [{ createdAt: { lt: before.createdAt } }, { createdAt: before.createdAt, id: { lt: before.id } }] }),
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
    skip: offset,
  });
}

/** How many there are, up to `max`. */
export function countViolations({ prisma }: Db, filter: ViolationFilter, max: number): Promise<number> {
  return prisma.violation.count({ where: whereOf(filter), take: max });
}

/** One of the organisation's in the environment. */
export async function findViolation(
  { prisma }: Db,
  { organisationId, environment }: Pick<ViolationFilter, 'organisationId' | 'environment'>,
  id: string,
): Promise<StoredViolation | undefined> {
  return (await prisma.violation.findFirst({ where: { id, organisationId, environment } })) ?? undefined;
}

export interface StatusChange {
  readonly status: ViolationStatus | undefined;
  /** Null takes it away; `undefined` leaves it. */
  readonly note: string | null | undefined;
  readonly by: string;
}

export function changeStatus({ prisma }: Db, id: string, { status, note, by }: StatusChange): Promise<StoredViolation> {
  const data: Prisma.ViolationUpdateInput = { statusChangedBy: by, statusChangedAt: new Date() };
  if (status !== undefined) data.status = status;
  if (note !== undefined) data.note = note;
  return prisma.violation.update({ where: { id }, data });
}

function whereOf({ organisationId, environment, from, to, ...more }: ViolationFilter): Prisma.ViolationWhereInput {
  const given = Object.entries(more).filter(([, value]) => value !== undefined);
  return { organisationId, environment, createdAt: { gte: from, lt: to }, ...Object.fromEntries(given) };
}
