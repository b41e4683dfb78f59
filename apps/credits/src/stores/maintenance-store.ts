import { z } from 'zod';
import type { Database } from './database.ts';

/**
 * Work that time makes due. Each call takes a bounded batch, skips what another process holds, and returns how much it
 * took.
 */
export interface MaintenanceStore {
  expireHolds(limit: number): Promise<number>;
  expireGrants(limit: number): Promise<number>;
  /** At most `periodsMax` periods of each allowance, so that a long gap is filled in several transactions. */
  renew(limit: number, periodsMax: number): Promise<number>;
  /** Debts that erased accounts left to accounts of the same person. */
  moveDebts(): Promise<number>;
  /** How far behind the clock each kind of due work is, in seconds. */
  lag(): Promise<{ job: string; seconds: number }[]>;
  /** What the last scheduled verification found, by invariant. */
  verifications(): Promise<{ invariant: string; violations: bigint; checkedAt: Date }[]>;
}

const rows = {
  taken: z.object({ taken: z.number() }),
  lag: z.object({ job: z.string(), seconds: z.number() }),
} as const;

export function createMaintenanceStore(db: Database): MaintenanceStore {
  return {
    async expireHolds(limit) {
      return (await db.one(rows.taken)`SELECT ledger_expire_holds(${limit}::int) AS taken`).taken;
    },
    async expireGrants(limit) {
      return (await db.one(rows.taken)`SELECT ledger_expire_grants(${limit}::int) AS taken`).taken;
    },
    async renew(limit, periodsMax) {
      return (await db.one(rows.taken)`SELECT ledger_renew(${limit}::int, ${periodsMax}::int) AS taken`).taken;
    },
    async moveDebts() {
      return (await db.one(rows.taken)`SELECT ledger_move_due_debts() AS taken`).taken;
    },
    lag: () => db.many(rows.lag)`SELECT job, seconds FROM ledger_lag()`,
    verifications: () => db.prisma.verification.findMany(),
  };
}
