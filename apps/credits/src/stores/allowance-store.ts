import type { Plan } from '../domain/plans.ts';
import type { Database } from './database.ts';

export type StartResult =
  | { outcome: 'active'; plan: string; anchor_at: string; next_due_at: string }
  | { outcome: 'unknown_plan' | 'erased' | 'closed' };

/** Recurring grants. The database knows the periods; see ledger_renew. */
export interface AllowanceStore {
  /** Takes over the plans of the configuration. */
  load(plans: readonly Plan[]): Promise<void>;
  /** Without an anchor, periods are counted from now on the database's clock. */
  start(ownerId: string, plan: string, anchorAt: string | undefined): Promise<StartResult>;
  /** False where the owner was not on the plan. */
  end(ownerId: string, plan: string): Promise<boolean>;
}

export function createAllowanceStore({ prisma }: Database): AllowanceStore {
  return {
    async load(plans) {
      const items = plans.map((plan) => ({
        id: plan.id,
        amount: plan.amount.toString(),
        period: plan.period,
        lifetime_periods: plan.lifetimePeriods,
        priority: plan.priority,
      }));
      await prisma.$executeRaw`SELECT ledger_load_plans(${JSON.stringify(items)}::jsonb)`;
    },
    async start(ownerId, plan, anchorAt) {
      const [row] = await prisma.$queryRaw<[{ answer: StartResult }]>`
        SELECT ledger_start_allowance('user', ${ownerId}::uuid, ${plan}, ${anchorAt ?? null}::timestamptz) AS answer`;
      return row.answer;
    },
    async end(ownerId, plan) {
      const [row] = await prisma.$queryRaw<
        [{ ended: boolean }]
      >`SELECT ledger_end_allowance('user', ${ownerId}::uuid, ${plan}) AS ended`;
      return row.ended;
    },
  };
}
