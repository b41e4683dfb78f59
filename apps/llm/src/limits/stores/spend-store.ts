import { z } from 'zod';
import type { Database } from '../../database.ts';

/** What a key may spend in a period. Amounts are micro-credits. */
export interface SpendBound {
  readonly limitMicro: bigint;
  readonly period: 'day' | 'week' | 'month' | 'total';
}

const taken = z.object({ taken: z.bigint().nullable(), spent: z.bigint(), held: z.bigint() });
const ended = z.object({ found: z.boolean() });
const due = z.object({ id: z.string(), created_at: z.date() });
const keySpent = z.object({ key_id: z.string(), spent: z.bigint() });

/** Takes of what a key may still spend, between `least` and `whole`; `taken` is null where there is too little. */
export function takeSpend(
  database: Database,
  hold: { readonly id: string; readonly keyId: string; readonly whole: bigint; readonly least: bigint },
  bound: SpendBound,
  checkSeconds: number,
) {
  return database.one(taken)`
    SELECT taken, spent, held FROM llm_hold_spend(${hold.id}::uuid, ${hold.keyId}::uuid, ${hold.whole}::bigint, ${hold.least}::bigint,
      ${bound.limitMicro}::bigint, ${bound.period}, ${checkSeconds}::int)`;
}

/** Notes what was charged in place of what is held. `final`: that will not change any more. */
export async function endSpend(database: Database, id: string, chargedMicro: bigint, final: boolean): Promise<void> {
  await database.one(ended)`SELECT llm_end_spend(${id}::uuid, ${chargedMicro}::bigint, ${final}) AS found`;
}

/** Holds of which nobody has told for long, each given to one asker until `againSeconds` have passed. */
export function dueHolds(database: Database, againSeconds: number, limit: number) {
  return database.many(due)`
    UPDATE key_hold SET check_at = now() + make_interval(secs => ${againSeconds}::int)
     WHERE id IN (SELECT id FROM key_hold WHERE check_at <= now() ORDER BY check_at LIMIT ${limit}::int FOR UPDATE SKIP LOCKED)
    RETURNING id::text, created_at`;
}

/** What keys have spent since their periods began, in micro-credits. */
export async function spentByKeys(
  database: Database,
  keys: readonly { readonly id: string; readonly period: string }[],
): Promise<ReadonlyMap<string, bigint>> {
  const rows = await database.many(keySpent)`
    SELECT k.id::text AS key_id, llm_spent_since(k.id, k.period) AS spent
      FROM jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) AS k (id uuid, period text)`;
  return new Map(rows.map(({ key_id, spent }) => [key_id, spent]));
}
