import { beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import type { TestLedger } from '../open-ledger.ts';

/** Which grant a charge takes. */
export function spendingOrderTests(opened: () => TestLedger): void {
  let ledger: TestLedger;
  beforeAll(() => {
    ledger = opened();
  });

  const far = (days: number): Date => new Date(Date.now() + days * 86_400_000);

  describe('spending order: priority, then earliest expiry, then id', () => {
    interface GrantRow {
      readonly credits: number;
      readonly priority?: number;
      readonly expiresInDays?: number;
    }
    /** Grants in the order they are made → what is left of each after spending 5. */
    const table: [string, GrantRow[], number[]][] = [
      ['one grant', [{ credits: 8 }], [3]],
      ['the older of two equals', [{ credits: 4 }, { credits: 4 }], [0, 3]],
      ['what expires before what does not', [{ credits: 4 }, { credits: 4, expiresInDays: 9 }], [3, 0]],
      [
        'what expires earlier',
        [
          { credits: 4, expiresInDays: 9 },
          { credits: 4, expiresInDays: 2 },
        ],
        [3, 0],
      ],
      [
        'priority before expiry',
        [
          { credits: 4, expiresInDays: 2 },
          { credits: 4, priority: 10 },
        ],
        [3, 0],
      ],
      [
        'three grants for one charge',
        [{ credits: 2 }, { credits: 2, priority: 1 }, { credits: 2, expiresInDays: 1 }],
        [1, 0, 0],
      ],
    ];

    async function remainingOf(user: string): Promise<number[]> {
      const { rows } = await ledger.owner.query<{ remaining: string }>(
        'SELECT g.remaining FROM "grant" g JOIN account a ON a.id = g.account_id WHERE a.owner_id = $1 ORDER BY g.id',
        [user],
      );
      return rows.map((row) => Number(row.remaining) / 1e6);
    }

    async function fund(grants: readonly GrantRow[]): Promise<string> {
      const user = uuidv7();
      for (const { credits, priority, expiresInDays } of grants) {
        await ledger.grant(user, credits, {
          priority,
          expiresAt: expiresInDays === undefined ? undefined : far(expiresInDays),
        });
      }
      return user;
    }

    test('ids are of version 7 and sort by the moment they were made, also within a millisecond', async () => {
      const { rows } = await ledger.owner.query<{ id: string }>(
        'SELECT ledger_new_id() AS id FROM generate_series(1, 2000)',
      );
      const ids = rows.map(({ id }) => id);
      expect(ids.filter((id) => !/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/.test(id))).toEqual([]);
      // Two of one microsecond are equals.
      const moments = ids.map((id) => id.slice(0, 18));
      expect(moments).toEqual(moments.toSorted());
      expect(new Set(ids.map((id) => id.slice(0, 13))).size).toBeLessThan(new Set(moments).size);
    });

    test.each(table)('%s, by hold and settlement', async (_name, grants, left) => {
      const user = await fund(grants);
      const id = uuidv7();
      await ledger.reserve(user, 5, id);
      await ledger.settle(id);
      expect(await remainingOf(user)).toEqual(left);
    });

    test.each(table)('%s, by a charge at once', async (_name, grants, left) => {
      const user = await fund(grants);
      expect(
        await ledger.store.spend({
          owner: ledger.ownerOf(user),
          amount: 5_000_000n,
          transactionType: 'chat',
          actor: 'test',
        }),
      ).toMatchObject({ outcome: 'spent' });
      expect(await remainingOf(user)).toEqual(left);
    });
  });
}
