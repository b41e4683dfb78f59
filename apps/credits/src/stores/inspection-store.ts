import { z } from 'zod';
import type { Database } from './database.ts';

const DAY_MS = 86_400_000;

const draw = z.object({ grant_id: z.string(), source: z.string(), amount: z.bigint() });
const movements = z.object({ granted: z.bigint(), spent: z.bigint() });
const running = z.object({ plan: z.string(), running: z.int(), pastDue: z.int() });
const charges = z.object({ charged: z.bigint(), charges: z.int() });

/** Reads what operators ask about, and nothing that a call waits for. */
export function createInspectionStore(db: Database) {
  return {
    /** A hold, the grants it draws on, and its account; `undefined` for an id that there is not. */
    async hold(id: string) {
      const hold = await db.prisma.reservation.findUnique({ where: { id } });
      if (hold === null) return undefined;
      const account =
        hold.accountId === null
          ? null
          : await db.prisma.account.findUnique({
              where: { id: hold.accountId },
              select: { balance: true, held: true, debt: true, status: true },
            });
      const drawn = await db.many(draw)`
        SELECT g.id::text AS grant_id, g.source, d.amount
          FROM unnest(${hold.drawGrants}::uuid[], ${hold.drawAmounts}::bigint[]) AS d (id, amount) JOIN "grant" g ON g.id = d.id`;
      return { hold, account, drawn };
    },
    /** What holds of an actor were charged on a day (UTC), in micro-credits, and how many they were. */
    async chargesOfDay(actor: string, day: Date) {
      // Entries are named by ids that sort by time, so that a day of them is a range of the primary key.
      const from = firstIdOf(day.getTime());
      const until = firstIdOf(day.getTime() + DAY_MS);
      return db.one(charges)`
        SELECT coalesce(sum(r.settled_amount), 0)::bigint AS charged, count(*)::int AS charges
          FROM (SELECT DISTINCT reservation_id FROM transfer
                 WHERE entry_id >= ${from}::uuid AND entry_id < ${until}::uuid AND reservation_id IS NOT NULL) t
          JOIN reservation r ON r.id = t.reservation_id
         WHERE r.state = 'settled' AND r.actor = ${actor}`;
    },
    /** What was granted and spent between two moments, in micro-credits. */
    async movementsBetween(fromMs: number, untilMs: number) {
      return db.one(movements)`
        SELECT coalesce(sum(amount) FILTER (WHERE kind = 'grant'), 0)::bigint AS granted,
               coalesce(sum(amount) FILTER (WHERE credit = 'revenue'), 0)::bigint AS spent
          FROM transfer WHERE entry_id >= ${firstIdOf(fromMs)}::uuid AND entry_id < ${firstIdOf(untilMs)}::uuid`;
    },
    /** The subscriptions that run now, by plan. */
    async runningPlans() {
      return db.many(running)`
        SELECT plan, count(*)::int AS running, count(*) FILTER (WHERE status = 'past_due')::int AS "pastDue"
          FROM subscription WHERE status IN ('trialing', 'active', 'past_due') GROUP BY plan ORDER BY plan`;
    },
  };
}

export type InspectionStore = ReturnType<typeof createInspectionStore>;

/** The least UUID of version 7 of a millisecond; before 1970 there is none. */
function firstIdOf(atMs: number): string {
  const time = Math.max(0, Math.floor(atMs)).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}
