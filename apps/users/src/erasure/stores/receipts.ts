import { z } from 'zod';
import type { Db } from '../../database.ts';
import type { Prisma } from '../../generated/prisma/client.ts';
import { erasureRequester, type ErasureRequester } from '../domain/erasure.ts';

/** Receipts counted for a total; beyond it the total stands still, so that no list has to count them all. */
export const COUNTED_MAX = 10_000;

export interface StepState {
  readonly target: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly erased: Readonly<Record<string, number>> | null;
  readonly doneAt: Date | null;
}

export interface Erasure {
  readonly id: string;
  readonly userId: string;
  readonly requestedBy: ErasureRequester;
  readonly requestedAt: Date;
  readonly completedAt: Date | null;
  readonly steps: readonly StepState[];
}

/** A receipt with its steps, in their order. When a step is due is left out: it may be infinity. */
const RECEIPT = {
  id: true,
  userId: true,
  requestedBy: true,
  requestedAt: true,
  completedAt: true,
  steps: {
    select: { target: true, attempts: true, lastError: true, erased: true, doneAt: true },
    orderBy: [{ phase: 'asc' }, { target: 'asc' }],
  },
} satisfies Prisma.ErasureSelect;

/** Rows that went, by table. */
const erasedRows = z.record(z.string(), z.number()).nullable();

function toErasure({ requestedBy, steps, ...erasure }: Prisma.ErasureGetPayload<{ select: typeof RECEIPT }>): Erasure {
  return {
    ...erasure,
    requestedBy: erasureRequester.parse(requestedBy),
    steps: steps.map((step) => ({ ...step, erased: erasedRows.parse(step.erased) })),
  };
}

/** A receipt with its steps. */
export async function findErasure({ prisma }: Db, id: string): Promise<Erasure | undefined> {
  const erasure = await prisma.erasure.findUnique({ where: { id }, select: RECEIPT });
  return erasure === null ? undefined : toErasure(erasure);
}

export interface ErasureFilter {
  readonly userId: string | undefined;
  /** True: only those that are not complete. */
  readonly open: boolean;
  readonly oldestFirst: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** Receipts, by when they were asked for, and how many there are (10,000 at most are counted). */
export async function listErasures(
  { prisma }: Db,
  { userId, open, oldestFirst, limit, offset }: ErasureFilter,
): Promise<{ items: Erasure[]; total: number }> {
  const where = { ...(userId === undefined ? {} : { userId }), ...(open ? { completedAt: null } : {}) };
  const direction = oldestFirst ? ('asc' as const) : ('desc' as const);
  const orderBy = [{ requestedAt: direction }, { id: direction }];
  const [erasures, total] = await Promise.all([
    prisma.erasure.findMany({ where, select: RECEIPT, orderBy, take: limit, skip: offset }),
    prisma.erasure.count({ where, take: COUNTED_MAX }),
  ]);
  return { items: erasures.map(toErasure), total };
}
