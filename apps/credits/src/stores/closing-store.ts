import type { EventPayload } from '@turnpike/contracts';
import type { Database } from './database.ts';

export type VoidResult =
  | { outcome: 'voided'; voided: string; held: string; available: string }
  | { outcome: 'not_found' };
export type WriteOffResult = { outcome: 'written_off'; amount: string } | { outcome: 'not_found' };

type AuditEntry = EventPayload<'audit.recorded'>;

/** What ends: accounts, owners, reversed grants, forgiven debt. Amounts are micro-credits. */
export interface ClosingStore {
  /** Open holds of the closed account; `undefined` without an account. */
  close(ownerId: string): Promise<number | undefined>;
  /** Rows erased or anonymised, by table. */
  erase(ownerId: string): Promise<Record<string, number>>;
  /** `report` goes to the audit trail if anything was taken back; grant and amount are added to it. */
  voidGrant(grantId: string, report?: AuditEntry): Promise<VoidResult>;
  /** `report` goes to the audit trail if anything was forgiven; user and amount are added to it. */
  writeOff(ownerId: string, actor: string, reason: string, report?: AuditEntry): Promise<WriteOffResult>;
}

export function createClosingStore({ prisma }: Database): ClosingStore {
  return {
    async close(ownerId) {
      const [row] = await prisma.$queryRaw<
        [{ open: number | null }]
      >`SELECT ledger_close_account('user', ${ownerId}::uuid) AS open`;
      return row.open ?? undefined;
    },
    async erase(ownerId) {
      const [row] = await prisma.$queryRaw<
        [{ erased: Record<string, number> }]
      >`SELECT ledger_erase_owner('user', ${ownerId}::uuid) AS erased`;
      return row.erased;
    },
    async voidGrant(grantId, report) {
      const [row] = await prisma.$queryRaw<
        [{ answer: VoidResult }]
      >`SELECT ledger_void_grant(${grantId}::uuid, ${textOf(report)}::jsonb) AS answer`;
      return row.answer;
    },
    async writeOff(ownerId, actor, reason, report) {
      const [row] = await prisma.$queryRaw<[{ answer: WriteOffResult }]>`
        SELECT ledger_write_off('user', ${ownerId}::uuid, ${actor}, ${reason}, ${textOf(report)}::jsonb) AS answer`;
      return row.answer;
    },
  };
}

function textOf(report: AuditEntry | undefined): string | null {
  return report ? JSON.stringify(report) : null;
}
