import { uuidv7 } from '@turnpike/service-kit';
import { render, type Prompt } from '../domain/render.ts';
import type { Prisma, Timepoint } from '../generated/prisma/client.ts';
import { COUNTED_MAX } from './counted.ts';
import { asRefusal } from './refusals.ts';

export interface NewTimepoint extends Prompt {
  readonly userId: string | undefined;
  readonly parentId?: string | undefined;
}

export interface TimepointStore {
  /** Takes a scene on; the finisher renders it. */
  accept(fresh: NewTimepoint): Promise<Timepoint>;
  /** Stores a scene that is rendered already. */
  complete(fresh: NewTimepoint): Promise<Timepoint>;
  /** Takes back what was accepted or stored. */
  discard(row: Pick<Timepoint, 'id'>): Promise<unknown>;
  listOf(userId: string, page: { limit: number; offset: number }): Promise<{ items: Timepoint[]; total: number }>;
  /** One of the user's own; `undefined` for everybody else's. */
  find(id: string, userId: string | undefined): Promise<Timepoint | undefined>;
}

export function createTimepointStore(prisma: Prisma.TransactionClient): TimepointStore {
  function insert(
    { userId, parentId, query, preset, generateImage }: NewTimepoint,
    result: object,
  ): Promise<Timepoint> {
    const data = {
      id: uuidv7(),
      userId: userId ?? null,
      parentId: parentId ?? null,
      query,
      preset,
      generateImage,
      ...result,
    };
    return prisma.timepoint.create({ data: { status: 'processing', ...data } }).catch((error: unknown) => {
      throw asRefusal(error);
    });
  }
  return {
    accept: (fresh) => insert(fresh, {}),
    complete(fresh) {
      const now = new Date();
      return insert(fresh, { ...render(fresh), status: 'completed', createdAt: now, completedAt: now });
    },
    discard: ({ id }) => prisma.timepoint.deleteMany({ where: { id } }),
    async listOf(userId, { limit, offset }) {
      const where = { userId };
      const [items, total] = await Promise.all([
        prisma.timepoint.findMany({ where, orderBy: { id: 'desc' }, take: limit, skip: offset }),
        prisma.timepoint.count({ where, take: COUNTED_MAX }),
      ]);
      return { items, total };
    },
    async find(id, userId) {
      return (await prisma.timepoint.findFirst({ where: { id, userId: userId ?? null } })) ?? undefined;
    },
  };
}
