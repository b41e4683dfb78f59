import { momentView, type Moment as MomentView, type Visibility } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit';
import type { Moment as MomentRow, Prisma } from '../generated/prisma/client.ts';
import { COUNTED_MAX } from './counted.ts';
import { asRefusal } from './refusals.ts';

/** A moment with its checked columns typed as what they hold. */
export type Moment = Omit<MomentRow, 'visibility' | 'status'> & {
  visibility: Visibility;
  status: MomentView['status'];
};

export interface NewMoment {
  readonly path: string;
  readonly name: string;
  readonly oneLiner: string;
  readonly year: number | null;
  readonly visibility: Visibility;
  readonly createdBy: string | undefined;
  readonly status: MomentView['status'];
}

interface Page {
  readonly limit: number;
  readonly offset: number;
}

export interface MomentStore {
  /** Throws `resource.conflict` where the path is taken in its namespace. */
  create(fresh: NewMoment): Promise<Moment>;
  /** Takes back what was created. */
  discard(moment: Pick<Moment, 'id'>): Promise<unknown>;
  /** What the caller sees at a path: its own private moment before the public one. */
  findVisible(path: string, caller: string | undefined): Promise<Moment | undefined>;
  /** What the caller made at a path, the one whose visibility differs from the wanted one first. */
  findOwn(path: string, caller: string | undefined, wanted: Visibility): Promise<Moment | undefined>;
  setVisibility(id: string, visibility: Visibility): Promise<Moment>;
  listVisible(caller: string | undefined, page: Page): Promise<{ items: Moment[]; total: number }>;
  listOwn(caller: string, page: Page): Promise<{ items: Moment[]; total: number }>;
  publicStats(): Promise<{ total: number; earliestYear: number | null; latestYear: number | null }>;
}

/** Prisma types checked columns as text. */
const checkedColumns = momentView.pick({ visibility: true, status: true });
const typed = (row: MomentRow): Moment => ({ ...row, ...checkedColumns.parse(row) });

export function createMomentStore(prisma: Prisma.TransactionClient): MomentStore {
  async function list(where: object, { limit, offset }: Page): Promise<{ items: Moment[]; total: number }> {
    const [items, total] = await Promise.all([
      prisma.moment.findMany({ where, orderBy: { id: 'desc' }, take: limit, skip: offset }),
      prisma.moment.count({ where, take: COUNTED_MAX }),
    ]);
    return { items: items.map(typed), total };
  }
  const visibleTo = (caller: string | undefined) => ({
    OR: [{ visibility: 'public' }, ...(caller === undefined ? [] : [{ visibility: 'private', createdBy: caller }])],
  });
  return {
    async create({ createdBy, ...fresh }) {
      try {
        return typed(await prisma.moment.create({ data: { ...fresh, id: uuidv7(), createdBy: createdBy ?? null } }));
      } catch (error) {
        throw asRefusal(error);
      }
    },
    discard: ({ id }) => prisma.moment.deleteMany({ where: { id } }),
    async findVisible(path, caller) {
      // 'private' sorts before 'public'.
      const row = await prisma.moment.findFirst({
        where: { path, ...visibleTo(caller) },
        orderBy: { visibility: 'asc' },
      });
      return row ? typed(row) : undefined;
    },
    async findOwn(path, caller, wanted) {
      const rows = await prisma.moment.findMany({ where: { path, createdBy: caller ?? null }, take: 2 });
      const row = rows.find((own) => own.visibility !== wanted) ?? rows[0];
      return row ? typed(row) : undefined;
    },
    async setVisibility(id, visibility) {
      try {
        return typed(await prisma.moment.update({ where: { id }, data: { visibility } }));
      } catch (error) {
        throw asRefusal(error);
      }
    },
    listVisible: (caller, page) => list(visibleTo(caller), page),
    listOwn: (createdBy, page) => list({ createdBy }, page),
    async publicStats() {
      const where = { visibility: 'public' };
      const yearOf = async (direction: 'asc' | 'desc'): Promise<number | null> => {
        const dated = { ...where, year: { not: null } };
        return (await prisma.moment.findFirst({ where: dated, orderBy: { year: direction } }))?.year ?? null;
      };
      const [total, earliestYear, latestYear] = await Promise.all([
        prisma.moment.count({ where, take: COUNTED_MAX }),
        yearOf('asc'),
        yearOf('desc'),
      ]);
      return { total, earliestYear, latestYear };
    },
  };
}
