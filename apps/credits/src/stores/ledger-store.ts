import { z } from 'zod';
import type { Grant, GrantResult } from '../domain/grant.ts';
import type { ExtensionResult, HoldExtension, HoldRequest, HoldResult } from '../domain/hold.ts';
import type { Charge, ChargeResult, Resolution, ResolutionResult } from '../domain/settlement.ts';
import type { Database } from './database.ts';
import {
  chargeFromWire,
  chargeToWire,
  extensionFromWire,
  grantFromWire,
  grantToWire,
  holdFromWire,
  holdToWire,
  resolutionFromWire,
  resolutionToWire,
  wire,
} from './ledger-wire.ts';

/** Commands that an `Idempotency-Key` may be put on, with their arguments and results. */
export interface LedgerCommands {
  grant: [Grant, GrantResult];
  spend: [Charge, ChargeResult];
  reserve: [HoldRequest, HoldResult];
  resolve: [Resolution, ResolutionResult];
}

export interface OnceKey {
  readonly scope: string;
  readonly keyDigest: Buffer;
  readonly requestHash: Buffer;
}

export type OnceResult<R> =
  | { readonly outcome: 'done'; readonly replayed: boolean; readonly result: R }
  | { readonly outcome: 'conflict' | 'running' };

/** The ledger's SQL functions, one round trip each. They decide; this maps. */
export interface LedgerStore {
  /** Results in the order of the requests, whose ids differ. */
  reserve(holds: readonly HoldRequest[]): Promise<HoldResult[]>;
  /** Results in the order of the resolutions, whose ids differ. */
  resolve(resolutions: readonly Resolution[]): Promise<ResolutionResult[]>;
  extend(extension: HoldExtension): Promise<ExtensionResult>;
  grant(grant: Grant): Promise<GrantResult>;
  spend(charge: Charge): Promise<ChargeResult>;
  /** A command at most once per key, in one transaction with the record of its answer. */
  once<C extends keyof LedgerCommands>(
    key: OnceKey,
    command: C,
    args: LedgerCommands[C][0],
  ): Promise<OnceResult<LedgerCommands[C][1]>>;
}

/** How the function behind each command is spoken to. */
const COMMANDS: {
  readonly [C in keyof LedgerCommands]: {
    readonly toWire: (args: LedgerCommands[C][0]) => object;
    /** Throws for a result that is not the function's. */
    readonly fromWire: (result: unknown) => LedgerCommands[C][1];
  };
} = {
  grant: { toWire: grantToWire, fromWire: (result) => grantFromWire(wire.grant.parse(result)) },
  spend: { toWire: chargeToWire, fromWire: (result) => chargeFromWire(wire.charge.parse(result)) },
  reserve: { toWire: holdToWire, fromWire: (result) => holdFromWire(wire.hold.parse(result)) },
  resolve: { toWire: resolutionToWire, fromWire: (result) => resolutionFromWire(wire.resolution.parse(result)) },
};

const numbered = z.object({ ord: z.number() });
const rows = {
  reserve: z.object({ results: z.array(z.intersection(numbered, wire.hold)) }),
  resolve: z.object({ results: z.array(z.intersection(numbered, wire.resolution)) }),
  extend: z.object({ result: wire.extension }),
  grant: z.object({ result: wire.grant }),
  spend: z.object({ result: wire.charge }),
  once: z.object({
    result: z.union([
      z.object({ outcome: z.literal('done'), replayed: z.boolean(), result: z.unknown() }),
      z.object({ outcome: z.enum(['conflict', 'running']) }),
    ]),
  }),
} as const;

export function createLedgerStore(db: Database): LedgerStore {
  return {
    async reserve(holds) {
      const items = JSON.stringify(holds.map(holdToWire));
      const { results } = await db.one(rows.reserve)`SELECT ledger_reserve(${items}::jsonb) AS results`;
      return inOrder(results).map(holdFromWire);
    },
    async resolve(resolutions) {
      const items = JSON.stringify(resolutions.map(resolutionToWire));
      const { results } = await db.one(rows.resolve)`SELECT ledger_resolve(${items}::jsonb) AS results`;
      return inOrder(results).map(resolutionFromWire);
    },
    async extend({ id, owner, ttlMs, lifeMsMax }) {
      const { result } = await db.one(rows.extend)`
        SELECT ledger_extend(${id}::uuid, ${owner?.type ?? null}, ${owner?.id ?? null}::uuid,
          ${ttlMs}::int * interval '1 millisecond', ${lifeMsMax}::int * interval '1 millisecond') AS result`;
      return extensionFromWire(result);
    },
    async grant(grant) {
      const args = JSON.stringify(grantToWire(grant));
      return grantFromWire((await db.one(rows.grant)`SELECT ledger_grant(${args}::jsonb) AS result`).result);
    },
    async spend(charge) {
      const args = JSON.stringify(chargeToWire(charge));
      return chargeFromWire((await db.one(rows.spend)`SELECT ledger_spend(${args}::jsonb) AS result`).result);
    },
    async once({ scope, keyDigest, requestHash }, command, given) {
      const { toWire, fromWire } = COMMANDS[command];
      const args = JSON.stringify(toWire(given));
      const { result } = await db.one(rows.once)`
        SELECT ledger_once(${scope}, ${keyDigest}::bytea, ${requestHash}::bytea, ${command}, ${args}::jsonb) AS result`;
      return result.outcome === 'done' ? { ...result, result: fromWire(result.result) } : result;
    },
  };
}

/** The functions answer account by account; callers want the order they asked in. */
function inOrder<R extends { readonly ord: number }>(results: readonly R[]): R[] {
  return results.toSorted((left, right) => left.ord - right.ord);
}
