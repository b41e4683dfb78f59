import { z } from 'zod';
import type { AuditReport, VoidResult, WriteOffResult } from '../domain/grant.ts';
import type { Owner } from '../domain/owner.ts';
import type { Database } from './database.ts';
import { voidFromWire, wire, writeOffFromWire } from './ledger-wire.ts';

/** A debt to forgive. */
export interface WriteOff {
  readonly owner: Owner;
  readonly actor: string;
  /** For the books. */
  readonly reason: string;
  /** Sent if anything was forgiven; user and amount are added to it. */
  readonly report?: AuditReport | undefined;
}

/** What ends: accounts, owners, reversed grants, forgiven debt. */
export interface ClosingStore {
  /** Open holds of the closed account; `undefined` without an account. */
  close(owner: Owner): Promise<number | undefined>;
  /** Rows erased or anonymised, by table. */
  erase(owner: Owner): Promise<Record<string, number>>;
  /** `report` is sent if anything was taken back; user, grant and amount are added to it. */
  voidGrant(grantId: string, report?: AuditReport): Promise<VoidResult>;
  writeOff(writeOff: WriteOff): Promise<WriteOffResult>;
}

const rows = {
  close: z.object({ open: z.number().nullable() }),
  erase: z.object({ erased: z.record(z.string(), z.number()) }),
  void: z.object({ result: wire.void }),
  writeOff: z.object({ result: wire.writeOff }),
} as const;

export function createClosingStore(db: Database): ClosingStore {
  return {
    async close({ type, id }) {
      return (await db.one(rows.close)`SELECT ledger_close_account(${type}, ${id}::uuid) AS open`).open ?? undefined;
    },
    async erase({ type, id }) {
      return (await db.one(rows.erase)`SELECT ledger_erase_owner(${type}, ${id}::uuid) AS erased`).erased;
    },
    async voidGrant(grantId, report) {
      const { result } = await db.one(
        rows.void,
      )`SELECT ledger_void_grant(${grantId}::uuid, ${textOf(report)}::jsonb) AS result`;
      return voidFromWire(result);
    },
    async writeOff({ owner, actor, reason, report }) {
      const { result } = await db.one(rows.writeOff)`
        SELECT ledger_write_off(${owner.type}, ${owner.id}::uuid, ${actor}, ${reason}, ${textOf(report)}::jsonb) AS result`;
      return writeOffFromWire(result);
    },
  };
}

function textOf(report: AuditReport | undefined): string | null {
  return report ? JSON.stringify(report) : null;
}
